using System.Globalization;
using System.Text.Json;
using PendoSimulator.Aggregations;
using PendoSimulator.Records;

namespace PendoSimulator.Api;

/// <summary><c>POST /api/v1/aggregation</c>: records read back in bulk.</summary>
internal sealed class AggregationEndpoint(SimulatedPendo pendo)
{
    public Answer Handle(ApiCall call)
    {
        var options = pendo.Options;
        try
        {
            using var body = JsonDocument.Parse(call.Body.ToArray());
            if (!body.RootElement.TryGetProperty("request", out var request) || !request.TryGetProperty("pipeline", out var pipeline))
                return Refused(400, "The body must hold request.pipeline.");
            var (query, rows) = AggregationQuery.Run(pendo, pipeline);
            if (options.MaxAggregationRows > 0 && rows.Count > options.MaxAggregationRows)
                return Refused(options.AggregationLimitStatus, "The aggregation took too long.");
            call.Records = rows.Count;
            var answer = Write(query, call.ChangeRows is { } change ? change(rows) : rows);
            return options.MaxAggregationBytes > 0 && answer.Length > options.MaxAggregationBytes
                ? Refused(options.AggregationLimitStatus, "The answer is too large.") : Answer.Json(answer);
        }
        catch (Exception wrong) when (wrong is JsonException or FormatException or InvalidOperationException)
        {
            return Refused(400, $"The aggregation is not understood: {wrong.Message}.");
        }
    }

    private Answer Refused(int status, string text) => Answer.Refused(status, text, pendo.Options.ErrorBodies);

    private byte[] Write(AggregationQuery query, List<RecordStore.Entry> rows)
    {
        var fields = query.Kind.Fields;
        var members = query.Selected?.Select(s => (s.Name, Field: FieldOf(fields, s.Path), IsId: s.Path == query.IdName)).ToList();
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("startTime"u8, pendo.Time.GetUtcNow().ToUnixTimeMilliseconds());
            json.WriteStartArray("results"u8);
            foreach (var row in rows)
            {
                json.WriteStartObject();
                if (members is null)
                {
                    json.WriteString(query.IdName, row.Id);
                    WriteMetadata(json, row, fields);
                }
                foreach (var (name, field, isId) in members ?? [])
                {
                    if (isId)
                        json.WriteString(name, row.Id);
                    else
                        WriteValue(json, name, field, row.Values);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private void WriteMetadata(Utf8JsonWriter json, RecordStore.Entry row, FieldSet fields)
    {
        json.WriteStartObject("metadata"u8);
        foreach (var group in fields.Canonical.GroupBy(f => f.Group))
        {
            json.WriteStartObject(group.Key);
            foreach (var field in group)
                WriteValue(json, field.Name, field, row.Values);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private void WriteValue(Utf8JsonWriter json, string name, Field? field, byte[] values)
    {
        var value = field is null ? default : PackedValues.Find(values, field.Index);
        if (value.IsEmpty)
        {
            if (pendo.Options.AggregationNullsShown)
                json.WriteNull(name);
            return;
        }
        json.WritePropertyName(name);
        if (field!.Type == FieldType.Time)
            TimeText.Write(json, value, pendo.Options.AggregationTimes);
        else
            json.WriteRawValue(value, skipInputValidation: true);
    }

    private Field? FieldOf(FieldSet fields, string path) => path.Split('.') is ["metadata", var group, var name]
        ? fields.Find(group, name, pendo.Options.FieldNamesIgnoreCase) : null;
}
