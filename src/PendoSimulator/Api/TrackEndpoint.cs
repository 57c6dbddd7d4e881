using System.Text.Json;
using PendoSimulator.Events;

namespace PendoSimulator.Api;

/// <summary><c>POST /data/track</c>: one event a call, 200 with an empty body.</summary>
internal sealed class TrackEndpoint(SimulatedPendo pendo)
{
    public Answer Handle(ApiCall call, long number)
    {
        var options = pendo.Options;
        call.Records = 1;
        if (pendo.Keys.AppOf(call.Key) is not { } app)
            return Answer.Empty(options.UnknownTrackSecretStatus);
        try
        {
            var item = Parse(call.Body);
            if (Problem(item) is { } problem)
                return Answer.Refused(options.MalformedTrackStatus, problem, options.ErrorBodies);
            var doNotProcess = pendo.DoNotProcess("visitor", item.VisitorId) || pendo.DoNotProcess("account", item.AccountId);
            pendo.Events.Add(app, item, doNotProcess, options.MaxPropertiesBytes, number);
            return Answer.Empty(200);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return Answer.Refused(options.MalformedTrackStatus, "The body is not a valid JSON object.", options.ErrorBodies);
        }
    }

    private static string? Problem(in TrackEvent item) =>
        item.Type != "track" ? "type must be \"track\"."
        : string.IsNullOrEmpty(item.Name) ? "event must be a text."
        : string.IsNullOrEmpty(item.VisitorId) ? "visitorId must be a text."
        : item.Timestamp is null ? "timestamp must be whole milliseconds since 1970."
        : null;

    private static TrackEvent Parse(ReadOnlySpan<byte> body)
    {
        var item = default(TrackEvent);
        var reader = new Utf8JsonReader(body);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("The root is not an object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            ParseMember(ref reader, ref item, body);
        reader.Read();
        return item;
    }

    private static void ParseMember(scoped ref Utf8JsonReader reader, ref TrackEvent item, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("type"u8))
            item.Type = Text(ref reader);
        else if (reader.ValueTextEquals("event"u8))
            item.Name = Text(ref reader);
        else if (reader.ValueTextEquals("visitorId"u8))
            item.VisitorId = Text(ref reader);
        else if (reader.ValueTextEquals("accountId"u8))
            item.AccountId = Text(ref reader);
        else if (reader.ValueTextEquals("timestamp"u8))
            item.Timestamp = reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var ms)
                ? ms : Skip(ref reader);
        else if (reader.ValueTextEquals("properties"u8))
            item.Properties = RawObject(ref reader, body);
        else if (reader.ValueTextEquals("context"u8))
            item.Context = RawObject(ref reader, body);
        else
            reader.Skip();
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
            return reader.GetString();
        reader.Skip();
        return null;
    }

    private static long? Skip(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return null;
    }

    private static ReadOnlySpan<byte> RawObject(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return default;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("properties and context must be objects.");
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }
}
