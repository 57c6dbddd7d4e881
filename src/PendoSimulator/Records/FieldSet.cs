using System.Text.Json;

namespace PendoSimulator.Records;

/// <summary>The fields of one kind at one moment; never changed, so that a call sees one schema from beginning to end.</summary>
internal sealed class FieldSet
{
    public static readonly FieldSet Empty = new([]);

    private readonly Dictionary<string, Field[]> liveByGroup;

    public FieldSet(Field[] all)
    {
        All = all;
        Canonical = [.. all.Where(f => !f.Deleted).OrderBy(f => f.Group, StringComparer.Ordinal)
            .ThenBy(f => f.Name, StringComparer.Ordinal)];
        liveByGroup = all.Where(f => !f.Deleted).GroupBy(f => f.Group).ToDictionary(g => g.Key, g => g.ToArray());
    }

    /// <summary>Every field, the deleted ones too, each at its index.</summary>
    public Field[] All { get; }

    /// <summary>The live fields by group, then name, in ordinal order.</summary>
    public Field[] Canonical { get; }

    public Field? Find(string group, string name, bool ignoreCase) =>
        liveByGroup.GetValueOrDefault(group, []).FirstOrDefault(f => f.Name == name)
        ?? (ignoreCase ? liveByGroup.GetValueOrDefault(group, []).FirstOrDefault(f => Same(f.Name, name, ignoreCase)) : null);

    public Field? FindDeleted(string group, string name, bool ignoreCase) =>
        All.FirstOrDefault(f => f.Deleted && f.Group == group && Same(f.Name, name, ignoreCase));

    /// <summary>
    /// Finds the field that the reader's property name means. Records of one call mostly name their fields in one order,
    /// so the search starts after the field found last.
    /// </summary>
    public Field? Find(string group, ref Utf8JsonReader reader, ref int start, bool ignoreCase)
    {
        if (!liveByGroup.TryGetValue(group, out var fields))
            return null;
        for (var i = 0; i < fields.Length; i++)
        {
            var at = (start + i) % fields.Length;
            if (!reader.ValueTextEquals(fields[at].Utf8Name))
                continue;
            start = at + 1;
            return fields[at];
        }
        return ignoreCase ? Find(group, reader.GetString()!, ignoreCase) : null;
    }

    public FieldSet With(string group, string name, string typeName, string displayName) =>
        new([.. All, new Field(All.Length, group, name, typeName, displayName)]);

    public FieldSet WithDeleted(Field field, bool deleted) =>
        new([.. All.Select(f => f.Index == field.Index ? f with { Deleted = deleted } : f)]);

    private static bool Same(string a, string b, bool ignoreCase) =>
        string.Equals(a, b, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
}
