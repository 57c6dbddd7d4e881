using System.Text;

namespace PendoSimulator.Records;

internal enum FieldType
{
    Any,
    Text,
    Boolean,
    Integer,
    Number,
    Time,
    List,
}

/// <summary>One metadata field; its index never changes and is never used again, because stored records refer to it.</summary>
internal sealed record Field(int Index, string Group, string Name, string TypeName, string DisplayName)
{
    public bool Deleted { get; init; }

    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);

    public FieldType Type { get; } = TypeName.ToLowerInvariant() switch
    {
        "string" => FieldType.Text,
        "boolean" => FieldType.Boolean,
        "integer" or "int" => FieldType.Integer,
        "float" or "number" => FieldType.Number,
        "time" => FieldType.Time,
        "list" => FieldType.List,
        _ => FieldType.Any,
    };

    public string Expected => Type switch
    {
        FieldType.Text => "a string",
        FieldType.Boolean => "true or false",
        FieldType.Integer => "a whole number",
        FieldType.Number => "a number",
        FieldType.Time => "an RFC 3339 date and time",
        FieldType.List => "a list of strings",
        _ => "a string, number, boolean or list of strings",
    };
}
