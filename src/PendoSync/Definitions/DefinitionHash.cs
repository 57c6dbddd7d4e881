using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace PendoSync.Definitions;

/// <summary>
/// The hash of everything that shapes what a sync reads or sends; when, how fast and within which limits it runs is left out.
/// </summary>
internal static class DefinitionHash
{
    /// <summary>16 hex digits of SHA-256 over a JSON rendering whose order does not depend on the user's.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="warehouse">Where its model is.</param>
    public static string Of(SyncDefinition sync, WarehouseConnection warehouse)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("warehouse", sync.Warehouse);
            json.WriteString("source", warehouse.Source);
            Model(json, sync.Model);
            json.WriteString("pendo", sync.Pendo);
            json.WriteString("object", sync.Object.ToString());
            json.WriteString("behavior", sync.Behavior.ToString());
            json.WriteString("group", sync.Group);
            if (sync.AllowReset)
                json.WriteBoolean("allow_reset", sync.AllowReset);
            json.WriteString("key", sync.Key);
            json.WriteString("zone", (sync.TimeZone ?? warehouse.TimeZone).Id);
            Fields(json, sync);
            if (sync.Event is { } parts)
                Event(json, parts);
            json.WriteEndObject();
        }

        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan))[..16];
    }

    private static void Model(Utf8JsonWriter json, Model model)
    {
        json.WriteString("table", model.Table);
        json.WriteString("sql", model.Sql);
        json.WriteString("cursor", model.Cursor);
        json.WriteString("cursor_unit", model.CursorUnit?.ToString());
        json.WriteNumber("lookback", model.Lookback.Time.Ticks);
        json.WriteNumber("lookback_count", model.Lookback.Count);
    }

    private static void Fields(Utf8JsonWriter json, SyncDefinition sync)
    {
        json.WriteBoolean("all", sync.AllColumns);
        json.WriteStartArray("exclude");
        foreach (var column in sync.Exclude.Select(c => c.ToLowerInvariant()).Order(StringComparer.Ordinal))
            json.WriteStringValue(column);
        json.WriteEndArray();
        json.WriteStartArray("fields");
        foreach (var field in sync.Fields.OrderBy(f => f.Field, StringComparer.Ordinal))
        {
            json.WriteStartArray();
            json.WriteStringValue(field.Field);
            Source(json, field.Column, field.Constant);
            json.WriteStringValue(field.Type?.ToString());
            json.WriteStringValue((field.WhenNull ?? sync.WhenNull).ToString());
            json.WriteStringValue(field.Unit?.ToString());
            json.WriteEndArray();
        }

        json.WriteEndArray();
        // Fields of "*" have the sync's rule only.
        json.WriteString("when_null", sync.AllColumns ? sync.WhenNull.ToString() : null);
    }

    private static void Event(Utf8JsonWriter json, EventDefinition parts)
    {
        json.WriteString("app", parts.App);
        json.WriteStartArray("event");
        Source(json, parts.Name.Column, parts.Name.Constant);
        json.WriteStringValue(parts.VisitorId);
        json.WriteStringValue(parts.AccountId);
        json.WriteStringValue(parts.Timestamp);
        json.WriteStringValue(parts.TimestampUnit?.ToString());
        json.WriteBooleanValue(parts.SendTooOld);
        json.WriteNumberValue(parts.MaxPropertiesBytes);
        json.WriteEndArray();
        Sources(json, "properties", parts.Properties);
        Sources(json, "context", parts.Context);
    }

    private static void Sources(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, ValueSource> sources)
    {
        json.WriteStartArray(name);
        foreach (var key in sources.Keys.Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(key);
            Source(json, sources[key].Column, sources[key].Constant);
        }

        json.WriteEndArray();
    }

    private static void Source(Utf8JsonWriter json, string? column, object? constant)
    {
        json.WriteStringValue(column);
        json.WriteStringValue(constant is null
            ? null
            : $"{constant.GetType().Name}:{Convert.ToString(constant, CultureInfo.InvariantCulture)}");
    }
}
