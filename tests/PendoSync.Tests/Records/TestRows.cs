using System.Collections;
using System.Data.Common;
using System.Globalization;
using PendoSync.Sources;

namespace PendoSync.Tests.Records;

/// <summary>A column of test rows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">CLR type; object: per cell.</param>
/// <param name="System">The system's type name.</param>
public sealed record TestColumn(string Name, Type Type, string System = "");

/// <summary>A reader over rows in memory, as strict as a driver: a typed getter of another type throws.</summary>
public sealed class TestRows(IReadOnlyList<TestColumn> columns, params object?[][] rows) : DbDataReader, IKnowsColumns
{
    private int _row = -1;

    /// <summary>A reader of one row and one column that stands on the row.</summary>
    public static TestRows Cell(object? value, Type? type = null, string system = "")
    {
        var reader = new TestRows([new TestColumn("c", type ?? value!.GetType(), system)], [value]);
        reader.Read();
        return reader;
    }

    public IReadOnlyList<WarehouseColumn> Columns { get; } =
        [.. columns.Select((c, i) => new WarehouseColumn(i, c.Name, KindOf(c), c.System.Length > 0 ? c.System : c.Type.Name))];

    public override int FieldCount => columns.Count;

    public override bool HasRows => rows.Length > 0;

    public override int Depth => 0;

    public override bool IsClosed => false;

    public override int RecordsAffected => -1;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    public override bool Read() => ++_row < rows.Length;

    public override bool NextResult() => false;

    public override bool IsDBNull(int ordinal) => rows[_row][ordinal] is null;

    public override object GetValue(int ordinal) => rows[_row][ordinal] ?? throw new InvalidCastException("the cell is null");

    public override T GetFieldValue<T>(int ordinal) => (T)GetValue(ordinal);

    public override Type GetFieldType(int ordinal) => columns[ordinal].Type == typeof(object) && _row >= 0 && _row < rows.Length
        && rows[_row][ordinal] is { } value
        ? value.GetType()
        : columns[ordinal].Type;

    public override string GetName(int ordinal) => columns[ordinal].Name;

    public override int GetOrdinal(string name) => columns.ToList().FindIndex(c => c.Name == name);

    public override string GetDataTypeName(int ordinal) => columns[ordinal].System;

    public override bool GetBoolean(int ordinal) => (bool)GetValue(ordinal);

    public override byte GetByte(int ordinal) => (byte)GetValue(ordinal);

    public override char GetChar(int ordinal) => (char)GetValue(ordinal);

    public override DateTime GetDateTime(int ordinal) => GetValue(ordinal) is DateOnly date ? date.ToDateTime(TimeOnly.MinValue)
        : (DateTime)GetValue(ordinal);

    public override decimal GetDecimal(int ordinal) => (decimal)GetValue(ordinal);

    public override double GetDouble(int ordinal) => (double)GetValue(ordinal);

    public override float GetFloat(int ordinal) => (float)GetValue(ordinal);

    public override Guid GetGuid(int ordinal) => (Guid)GetValue(ordinal);

    public override short GetInt16(int ordinal) => (short)GetValue(ordinal);

    public override int GetInt32(int ordinal) => (int)GetValue(ordinal);

    public override long GetInt64(int ordinal) => (long)GetValue(ordinal);

    public override string GetString(int ordinal) => (string)GetValue(ordinal);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        throw new NotSupportedException();

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        throw new NotSupportedException();

    public override int GetValues(object[] values) => throw new NotSupportedException();

    public override IEnumerator GetEnumerator() => throw new NotSupportedException();

    private static ColumnKind KindOf(TestColumn column) => column.System switch
    {
        "numeric" => ColumnKind.Decimal,
        "unsupported" => ColumnKind.Unsupported,
        _ => WarehouseColumns.KindOf(column.Type, column.System),
    };

    /// <summary>A time, as tests write it.</summary>
    public static DateTime At(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
}
