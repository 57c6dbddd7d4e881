using System.Data.Common;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Records;

/// <summary>
/// Maps rows to <c>{"visitorId":…,"values":{…}}</c>, or with the id of an account or a parent account, the fields in the order of the
/// definition: other columns, or another order of them, leave the payload as it is.
/// </summary>
internal sealed class RecordMapper : RowMapper
{
    private readonly byte[] _head;
    private readonly Slot[] _slots;
    // A flag that is true in Pendo stays so.
    private readonly bool _dropsFalse;

    /// <summary>A mapper for one read.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="idName">What Pendo calls the id.</param>
    /// <param name="plan">The fields.</param>
    /// <param name="columns">The reader's columns.</param>
    /// <param name="reader">The rows.</param>
    /// <param name="zone">Zone of timestamps without zone.</param>
    /// <param name="seeds">Seeds of the state.</param>
    public RecordMapper(SyncDefinition sync, string idName, FieldPlan plan, IReadOnlyList<WarehouseColumn> columns, DbDataReader reader,
        TimeZoneInfo zone, HashSeeds seeds)
        : base(sync, columns, reader, seeds)
    {
        _head = [(byte)'{', .. JsonBuffer.EncodeName(idName)];
        _dropsFalse = sync is { IsFlags: true, AllowReset: false };
        _slots = [.. plan.Fields.Where(f => !(_dropsFalse && f.Constant is false)).Select(f =>
            new Slot(JsonBuffer.EncodeName(f.Name), f.WhenNull == NullRule.Skip, Constant(f, zone, sync.Name),
            f.Column is null ? null : new CellWriter(f.Column, reader, f.Target, zone, f.Unit)))];
    }

    /// <inheritdoc/>
    protected override Invalid? MapBody(DbDataReader row)
    {
        var json = Json;
        json.Raw(_head);
        json.String(KeyBytes);
        json.Raw(",\"values\":{"u8);
        WarehouseColumn? column = null;
        try
        {
            foreach (var slot in _slots)
            {
                column = slot.Cell?.Column;
                if (Write(slot, row, json) is { } rule)
                    return new Invalid(rule, column!.Name);
            }
        }
        catch (Exception e) when (column is not null && Cells.RuleOf(e) is { } rule)
        {
            return new Invalid(rule, column.Name);
        }

        json.Raw("}}"u8);
        return null;
    }

    private string? Write(Slot slot, DbDataReader row, JsonBuffer json)
    {
        if (slot.Cell is not { } cell)
        {
            json.Name(slot.Name);
            json.Raw(slot.Constant);
            return null;
        }

        var isNull = cell.IsNull(row);
        if (isNull && slot.SkipsNull)
        {
            SkippedNulls++;
            return null;
        }

        var before = json.Length;
        json.Name(slot.Name);
        if (!isNull && _dropsFalse && cell.Write(row, json) is var broken)
        {
            if (broken is null && json.Written.EndsWith(":false"u8))
                json.CutTo(before);
            return broken;
        }

        if (!isNull)
            return cell.Write(row, json);
        json.Null();
        return null;
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

    private sealed record Slot(byte[] Name, bool SkipsNull, byte[]? Constant, CellWriter? Cell);
}
