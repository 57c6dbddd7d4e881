using System.Text.Json;
using PendoSync.Sources;

namespace PendoSync.Warehouses.JsonPages;

internal sealed partial class JsonPageReader
{
    /// <inheritdoc/>
    public override bool HasRows => _onRow || _next is not null || _page is not null;

    /// <inheritdoc/>
    public override bool IsClosed => _closed;

    /// <inheritdoc/>
    public override Type GetFieldType(int ordinal) => _onRow && _columns[ordinal].Type.Kind == ColumnKind.PerCell
        ? IsDBNull(ordinal) ? typeof(DBNull) : _columns[ordinal].Type.FieldTypeOf(ValueAt(ordinal))
        : _columns[ordinal].Type.FieldType;

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal)
    {
        var value = ValueAt(ordinal);
        return value.Type == JsonTokenType.Null || _columns[ordinal].Type.IsNull(value);
    }

    /// <inheritdoc/>
    public override object GetValue(int ordinal) => IsDBNull(ordinal) ? DBNull.Value : Cell(ordinal, static (t, v) => t.GetValue(v));

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => Cell(ordinal, static (t, v) => t.GetBoolean(v));

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => Cell(ordinal, static (t, v) => t.GetInt64(v));

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => Cell(ordinal, static (t, v) => t.GetDecimal(v));

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => Cell(ordinal, static (t, v) => t.GetDouble(v));

    /// <inheritdoc/>
    public override string GetString(int ordinal) => Cell(ordinal, static (t, v) => t.GetString(v));

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => Cell(ordinal, static (t, v) => t.GetDateTime(v));

    /// <inheritdoc/>
    public override T GetFieldValue<T>(int ordinal)
    {
        // The tests of typeof(T) are settled when the method is compiled for T; no value is boxed.
        if (typeof(T) == typeof(long))
            return (T)(object)GetInt64(ordinal);
        if (typeof(T) == typeof(int))
            return (T)(object)GetInt32(ordinal);
        if (typeof(T) == typeof(decimal))
            return (T)(object)GetDecimal(ordinal);
        if (typeof(T) == typeof(double))
            return (T)(object)GetDouble(ordinal);
        if (typeof(T) == typeof(bool))
            return (T)(object)GetBoolean(ordinal);
        if (typeof(T) == typeof(DateTime))
            return (T)(object)GetDateTime(ordinal);
        if (typeof(T) == typeof(DateOnly))
            return (T)(object)DateOnly.FromDateTime(GetDateTime(ordinal));
        if (typeof(T) == typeof(DateTimeOffset))
            return (T)(object)new DateTimeOffset(DateTime.SpecifyKind(GetDateTime(ordinal), DateTimeKind.Utc));
        return typeof(T) == typeof(string) ? (T)(object)GetString(ordinal) : (T)GetValue(ordinal);
    }

    private T Cell<T>(int ordinal, CellGetter<T> get)
    {
        var column = _columns[ordinal];
        if (IsDBNull(ordinal))
            throw new InvalidCastException($"column '{column.Name}' is null in this row");
        try
        {
            return get(column.Type, column.Type.Given(ValueAt(ordinal)));
        }
        catch (Exception error) when (IsOfTheValue(error))
        {
            // The cause is left out because it may quote the value (promise 11).
        }

        throw new InvalidCastException(
            $"column '{column.Name}' ({column.SystemType}) holds a value that is not of the asked type, or does not fit it");
    }

    private static bool IsOfTheValue(Exception error) =>
        error is InvalidCastException or FormatException or OverflowException or ArgumentException
        or JsonException or InvalidOperationException or KeyNotFoundException;

    private delegate T CellGetter<T>(JsonType type, JsonValue value);
}
