namespace PendoSync.Sources;

/// <summary>Finds columns by name.</summary>
public static class ColumnLookup
{
    /// <summary>
    /// The column of that exact name, else the only one that differs in case; adds a problem and returns null when there is none, or
    /// several.
    /// </summary>
    /// <param name="columns">The model's columns.</param>
    /// <param name="name">As it is written in the definition.</param>
    /// <param name="problems">Takes what is wrong, as a sentence without its end.</param>
    public static WarehouseColumn? Find(IReadOnlyList<WarehouseColumn> columns, string name, List<string> problems)
    {
        var exact = columns.Where(c => string.Equals(c.Name, name, StringComparison.Ordinal)).ToList();
        if (exact.Count == 1)
            return exact[0];
        if (exact.Count > 1)
        {
            problems.Add($"the model has {exact.Count} columns called '{name}'; give each a name of its own (`as`)");
            return null;
        }

        var close = columns.Where(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase)).ToList();
        if (close.Count == 1)
            return close[0];
        var meant = Nearest.Of(name, columns.Select(c => c.Name));
        problems.Add($"the model has no column '{name}' ({(meant is null ? "" : $"did you mean '{meant}'? ")}it has: "
            + $"{string.Join(", ", columns.Select(c => c.Name))})");
        return null;
    }
}
