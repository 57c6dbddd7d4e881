using PendoSync.Sources;

namespace PendoSync.Warehouses.JsonPages;

/// <summary>A column of a JSON result: its name, the system's name of its type, and how its cells are written.</summary>
/// <param name="Name">As the system spells it.</param>
/// <param name="SystemType">As the system spells it, for messages.</param>
/// <param name="Type">How its cells are written.</param>
internal sealed record JsonColumn(string Name, string SystemType, JsonType Type);

/// <summary>
/// How the cells of a column are written. Getters that make no sense for the type throw <see cref="InvalidCastException"/>; a cell that is
/// not of its form throws <see cref="FormatException"/>, one that .NET cannot hold without loss <see cref="OverflowException"/>. The reader
/// turns all three into an InvalidCastException that names the column: the row is invalid, nothing is invented.
/// </summary>
internal abstract class JsonType
{
    /// <summary>What the column holds.</summary>
    public abstract ColumnKind Kind { get; }

    /// <summary>What the column is declared to hold; see <see cref="WarehouseColumn.Declared"/>.</summary>
    public virtual ColumnKind Declared => Kind;

    /// <summary>What <see cref="GetValue"/> returns.</summary>
    public abstract Type FieldType { get; }

    /// <summary>
    /// What <see cref="GetValue"/> returns for this cell; differs from <see cref="FieldType"/> only for <see cref="ColumnKind.PerCell"/>.
    /// </summary>
    public virtual Type FieldTypeOf(JsonValue value) => FieldType;

    /// <summary>
    /// True when the type undoes a string's escapes itself, by <see cref="JsonValue.Text"/>; else it is given values without escapes.
    /// </summary>
    public virtual bool KeepsEscapes => false;

    /// <summary>The value in the form this type is given.</summary>
    public JsonValue Given(JsonValue value) => value.IsEscaped && !KeepsEscapes ? value.Plain() : value;

    /// <summary>True when a cell that is not JSON null means null all the same.</summary>
    public virtual bool IsNull(JsonValue value) => false;

    /// <summary>The value, boxed.</summary>
    public abstract object GetValue(JsonValue value);

    /// <summary>As bool.</summary>
    public virtual bool GetBoolean(JsonValue value) => throw Wrong("bool");

    /// <summary>As long.</summary>
    public virtual long GetInt64(JsonValue value) => throw Wrong("long");

    /// <summary>As decimal.</summary>
    public virtual decimal GetDecimal(JsonValue value) => throw Wrong("decimal");

    /// <summary>As double.</summary>
    public virtual double GetDouble(JsonValue value) => throw Wrong("double");

    /// <summary>As text.</summary>
    public virtual string GetString(JsonValue value) => throw Wrong("string");

    /// <summary>As date and time; UTC for instants, unspecified otherwise.</summary>
    public virtual DateTime GetDateTime(JsonValue value) => throw Wrong("DateTime");

    private InvalidCastException Wrong(string type) => new($"a {Kind} column cannot be read as {type}");
}
