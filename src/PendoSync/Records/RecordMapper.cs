using System.Data.Common;
using System.Text.Json;
using PendoSync.Definitions;
using PendoSync.Warehouses;

namespace PendoSync.Records;

/// <summary>Maps rows to <c>{"visitorId":…,"values":{…}}</c> or <c>{"accountId":…,"values":{…}}</c>.</summary>
public sealed class RecordMapper : RowMapper
{
    private readonly JsonEncodedText _idName;
    private readonly Slot[] _slots;
    private readonly TimeZoneInfo _zone;

    /// <summary>A mapper for one read.</summary>
    public RecordMapper(SyncDefinition sync, FieldPlan plan, IReadOnlyList<WarehouseColumn> columns, DbDataReader reader, TimeZoneInfo zone, HashSeeds seeds)
        : base(sync, columns, reader, seeds)
    {
        _zone = zone;
        _idName = JsonEncodedText.Encode(sync.Object == PendoObject.Visitor ? "visitorId" : "accountId");
        _slots = plan.Fields.Select(f => new Slot(
            JsonEncodedText.Encode(f.Name),
            f.Column is null ? null : new CellWriter(f.Column, reader.GetFieldType(f.Column.Ordinal), f.Target, zone, f.Unit),
            f)).ToArray();
    }

    /// <inheritdoc/>
    protected override Invalid? MapBody(DbDataReader row)
    {
        var json = Json;
        json.WriteStartObject();
        json.WriteString(_idName, KeyBytes);
        json.WriteStartObject("values");
        foreach (var slot in _slots)
        {
            if (slot.Cell is not { } cell)
            {
                json.WritePropertyName(slot.Name);
                if (WriteConstant(json, slot.Field.Constant!, slot.Field.Target, _zone) is { } broken)
                    return new Invalid(broken, slot.Field.Name);
                continue;
            }

            if (row.IsDBNull(cell.Column.Ordinal))
            {
                if (slot.Field.WhenNull == NullRule.Clear)
                    json.WriteNull(slot.Name);
                else
                    SkippedNulls++;
                continue;
            }

            json.WritePropertyName(slot.Name);
            if (WriteCell(cell, row) is { } rule)
                return new Invalid(rule, cell.Column.Name);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        return null;
    }

    /// <inheritdoc/>
    protected override ulong SecondHash() => Seeds.OfPayload(Payload);

    private readonly record struct Slot(JsonEncodedText Name, CellWriter? Cell, PlannedField Field);
}
