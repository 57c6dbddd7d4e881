namespace PendoSync.State;

/// <summary>
/// Text of any length in one entity: a property holds 32,768 characters, so the rest goes on in numbered ones (an event sync keeps a part
/// for each remembered day).
/// </summary>
internal static class LongText
{
    private const int Characters = 30_000;

    /// <summary>Sets <c>name</c>, <c>name1</c>, … and removes parts of an earlier, longer text.</summary>
    public static void Set(TableRow row, string name, string text)
    {
        var part = 0;
        for (; part == 0 || part * Characters < text.Length; part++)
            row[Part(name, part)] = text[(part * Characters)..Math.Min(text.Length, (part + 1) * Characters)];
        for (; row[Part(name, part)] is not null; part++)
            row[Part(name, part)] = null;
    }

    /// <summary>The whole text, or null.</summary>
    public static string? Get(TableRow row, string name)
    {
        var parts = new List<string>();
        while (row.Text(Part(name, parts.Count)) is { } part)
            parts.Add(part);
        return parts.Count == 0 ? null : string.Concat(parts);
    }

    private static string Part(string name, int number) => number == 0 ? name : name + number;
}
