using System.Data.Common;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Records;

/// <summary>
/// Maps rows to <c>{"visitorId":…,"values":{…}}</c> or <c>{"accountId":…,"values":{…}}</c>. Cells are read in the order of
/// the columns, since going back in a row costs a driver more than copying the finished value into its place.
/// </summary>
internal sealed class RecordMapper : RowMapper
{
    private readonly byte[] _head;
    private readonly Slot[] _slots;
    private readonly Slot[] _byColumn;
    private readonly JsonBuffer _values = new();

    /// <summary>A mapper for one read.</summary>
    public RecordMapper(SyncDefinition sync, FieldPlan plan, IReadOnlyList<WarehouseColumn> columns, DbDataReader reader,
        TimeZoneInfo zone, HashSeeds seeds)
        : base(sync, columns, reader, seeds)
    {
        _head = [(byte)'{', .. JsonBuffer.EncodeName(sync.Object == PendoObject.Visitor ? "visitorId" : "accountId")];
        _slots = [.. plan.Fields.Select(f =>
            new Slot(f.WhenNull == NullRule.Skip, JsonBuffer.EncodeName(f.Name), Constant(f, zone, sync.Name),
            f.Column is null ? null : new CellWriter(f.Column, reader, f.Target, zone, f.Unit)))];
        _byColumn = [.. _slots.Where(s => s.Cell is not null).OrderBy(s => s.Cell!.Column.Ordinal)];
    }

    /// <inheritdoc/>
    protected override Invalid? MapBody(DbDataReader row)
    {
        var json = Json;
        var invalid = ReadCells(row);
        if (invalid is not null)
            return invalid;
        json.Raw(_head);
        json.String(KeyBytes);
        json.Raw(",\"values\":{"u8);
        JoinCells(json);
        json.Raw("}}"u8);
        return null;
    }

    // In the order of the columns, beside the record.
    private Invalid? ReadCells(DbDataReader row)
    {
        _values.Clear();
        CellWriter? cell = null;
        try
        {
            foreach (var slot in _byColumn)
            {
                cell = slot.Cell!;
                slot.Start = _values.Length;
                if (cell.IsNull(row))
                {
                    if (slot.Skips)
                        SkippedNulls++;
                    else
                        _values.Null();
                }
                else if (cell.Write(row, _values) is { } rule)
                {
                    return new Invalid(rule, cell.Column.Name);
                }

                slot.Length = _values.Length - slot.Start;
            }
        }
        catch (Exception e) when (cell is not null && Cells.RuleOf(e) is { } rule)
        {
            return new Invalid(rule, cell.Column.Name);
        }

        return null;
    }

    private void JoinCells(JsonBuffer json)
    {
        var values = _values.Written;
        foreach (var slot in _slots)
        {
            if (slot.Constant is not null)
                json.Member(slot.Name, slot.Constant);
            else if (slot.Length > 0)
                json.Member(slot.Name, values.Slice(slot.Start, slot.Length));
        }
    }

    /// <inheritdoc/>
    protected override ulong FingerprintOf() => Seeds.OfPayload(Payload);

    private static byte[]? Constant(PlannedField field, TimeZoneInfo zone, string sync)
    {
        if (field.Constant is null)
            return null;
        var json = new JsonBuffer();
        return WriteConstant(json, field.Constant, field.Target, zone) is { } rule
            ? throw new ProblemException(ProblemKind.Configuration,
                $"the constant of field '{field.Name}' does not fit its type in Pendo: {Rules.Explain(rule)}", $"sync '{sync}'",
                "Correct the constant.")
            : json.Written.ToArray();
    }

    private sealed class Slot(bool skips, byte[] name, byte[]? constant, CellWriter? cell)
    {
        /// <summary>True when a null leaves the field as it is.</summary>
        public bool Skips { get; } = skips;

        public byte[] Name { get; } = name;

        public byte[]? Constant { get; } = constant;

        public CellWriter? Cell { get; } = cell;

        public int Start { get; set; }

        public int Length { get; set; }
    }
}
