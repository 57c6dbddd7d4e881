using System.Data.Common;
using PendoSync.Definitions;
using PendoSync.Warehouses;

namespace PendoSync.Records;

/// <summary>
/// Maps rows to <c>{"visitorId":…,"values":{…}}</c> or <c>{"accountId":…,"values":{…}}</c>. Cells are read in the order of
/// the columns, since going back in a row costs a driver more than copying the finished value into its place; unless the reader has the row in memory.
/// </summary>
public sealed class RecordMapper : RowMapper
{
    private readonly byte[] _head;
    private readonly Slot[] _slots;
    private readonly Slot[] _byColumn;
    private readonly JsonBuffer _values = new();

    /// <summary>A mapper for one read.</summary>
    public RecordMapper(SyncDefinition sync, FieldPlan plan, IReadOnlyList<WarehouseColumn> columns, DbDataReader reader, TimeZoneInfo zone, HashSeeds seeds)
        : base(sync, columns, reader, seeds)
    {
        _head = [(byte)'{', .. JsonBuffer.EncodeName(sync.Object == PendoObject.Visitor ? "visitorId" : "accountId")];
        _slots = [.. plan.Fields.Select(f => new Slot(f, JsonBuffer.EncodeName(f.Name), Constant(f, zone, sync.Name),
            f.Column is null ? null : new CellWriter(f.Column, reader.GetFieldType(f.Column.Ordinal), f.Target, zone, f.Unit)))];
        _byColumn = [.. _slots.Where(s => s.Cell is not null).OrderBy(s => s.Cell!.Column.Ordinal)];
    }

    /// <inheritdoc/>
    protected override Invalid? MapBody(DbDataReader row)
    {
        var json = Json;
        var invalid = row is IBufferedRow ? null : ReadCells(row);
        if (invalid is not null)
            return invalid;
        json.Raw(_head);
        json.String(KeyBytes);
        json.Raw(",\"values\":{"u8);
        invalid = row is IBufferedRow ? WriteCells(row, json) : JoinCells(json);
        json.Raw("}}"u8);
        return invalid;
    }

    // Any order is as good as another: in the order of the fields, to where the values belong.
    private Invalid? WriteCells(DbDataReader row, JsonBuffer json)
    {
        foreach (var slot in _slots)
        {
            if (slot.Cell is not { } cell)
            {
                json.Member(slot.Name, slot.Constant);
                continue;
            }

            var isNull = cell.IsNull(row);
            if (isNull && slot.Field.WhenNull == NullRule.Skip)
            {
                SkippedNulls++;
                continue;
            }

            json.Name(slot.Name);
            if (isNull)
                json.Null();
            else if (WriteCell(cell, row, json) is { } rule)
                return new Invalid(rule, cell.Column.Name);
        }

        return null;
    }

    // In the order of the columns, beside the record.
    private Invalid? ReadCells(DbDataReader row)
    {
        _values.Clear();
        foreach (var slot in _byColumn)
        {
            var cell = slot.Cell!;
            slot.Start = _values.Length;
            if (cell.IsNull(row))
            {
                if (slot.Field.WhenNull == NullRule.Skip)
                    SkippedNulls++;
                else
                    _values.Null();
            }
            else if (WriteCell(cell, row, _values) is { } rule)
            {
                return new Invalid(rule, cell.Column.Name);
            }

            slot.Length = _values.Length - slot.Start;
        }

        return null;
    }

    private Invalid? JoinCells(JsonBuffer json)
    {
        var values = _values.Written;
        foreach (var slot in _slots)
        {
            if (slot.Constant is not null)
                json.Member(slot.Name, slot.Constant);
            else if (slot.Length > 0)
                json.Member(slot.Name, values.Slice(slot.Start, slot.Length));
        }

        return null;
    }

    /// <inheritdoc/>
    protected override ulong SecondHash() => Seeds.OfPayload(Payload);

    private static byte[]? Constant(PlannedField field, TimeZoneInfo zone, string sync)
    {
        if (field.Constant is null)
            return null;
        var json = new JsonBuffer();
        return WriteConstant(json, field.Constant, field.Target, zone) is { } rule
            ? throw new ProblemException(ProblemKind.Configuration, $"the constant of field '{field.Name}' does not fit its type in Pendo: {Rules.Explain(rule)}", $"sync '{sync}'", "Correct the constant.")
            : json.Written.ToArray();
    }

    private sealed class Slot(PlannedField field, byte[] name, byte[]? constant, CellWriter? cell)
    {
        public PlannedField Field { get; } = field;

        public byte[] Name { get; } = name;

        public byte[]? Constant { get; } = constant;

        public CellWriter? Cell { get; } = cell;

        public int Start { get; set; }

        public int Length { get; set; }
    }
}
