using PendoSync.Definitions;

namespace PendoSync.Values;

/// <summary>What a value has to become.</summary>
public enum FieldTarget
{
    /// <summary>Pendo knows no type: the column's natural JSON form.</summary>
    Any,

    /// <summary>JSON string.</summary>
    String,

    /// <summary>JSON number without fraction.</summary>
    Integer,

    /// <summary>JSON number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>RFC 3339 in UTC.</summary>
    Time,

    /// <summary>Array of strings.</summary>
    List,

    /// <summary>A scalar: an event property.</summary>
    Scalar,
}

/// <summary>Turns declared and Pendo's own type names into targets.</summary>
internal static class FieldTargets
{
    /// <summary>The target of a type declared in YAML.</summary>
    public static FieldTarget Of(FieldType type) => type switch
    {
        FieldType.String => FieldTarget.String,
        FieldType.Number => FieldTarget.Number,
        FieldType.Boolean => FieldTarget.Boolean,
        FieldType.Time => FieldTarget.Time,
        _ => FieldTarget.List,
    };

    /// <summary>The target of a type of Pendo's schema; unknown names are <see cref="FieldTarget.Any"/>.</summary>
    public static FieldTarget OfPendo(string type) => type.ToLowerInvariant() switch
    {
        "string" => FieldTarget.String,
        "integer" or "int" => FieldTarget.Integer,
        "float" or "number" => FieldTarget.Number,
        "boolean" => FieldTarget.Boolean,
        "time" => FieldTarget.Time,
        "list" => FieldTarget.List,
        _ => FieldTarget.Any,
    };
}
