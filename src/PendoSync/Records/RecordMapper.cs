using System.Data.Common;
using PendoSync.Definitions;
using PendoSync.Warehouses;

namespace PendoSync.Records;

/// <summary>
/// Maps rows to <c>{"visitorId":…,"values":{…}}</c> or <c>{"accountId":…,"values":{…}}</c>. Cells are read in the order of
/// the columns, since going back in a row costs a driver more than copying the finished value into its place.
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

        var json = Json;
        json.Raw(_head);
        json.String(Key);
        json.Raw(",\"values\":{"u8);
        var values = _values.Written;
        foreach (var slot in _slots)
        {
            if (slot.Constant is not null)
                json.Member(slot.Name, slot.Constant);
            else if (slot.Length > 0)
                json.Member(slot.Name, values.Slice(slot.Start, slot.Length));
        }

        json.Raw("}}"u8);
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
