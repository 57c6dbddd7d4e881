using System.Text.Json;
using PendoSimulator.Api;

namespace PendoSimulator.Faults;

/// <summary>Finds out whether a call is about a certain visitor or account, from its path or its body.</summary>
internal static class CallIds
{
    public static bool ContainsAny(ApiCall call, IReadOnlyList<string> ids) => call.Endpoint switch
    {
        Endpoints.ValueRead or Endpoints.ValueWrite => ids.Contains(call.PathPart(4)),
        Endpoints.RecordRead => call.RecordId() is { } id && ids.Contains(id),
        // The id of a bulk record is its only text: the values are an object.
        Endpoints.ValueBulk => BodyContains(call.Body, ids, depth: 2, anyName: true),
        Endpoints.Track => BodyContains(call.Body, ids, depth: 1, anyName: false),
        _ => false,
    };

    private static bool BodyContains(ReadOnlySpan<byte> body, IReadOnlyList<string> ids, int depth, bool anyName)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != depth || !(anyName || IsEventId(ref reader)))
                    continue;
                reader.Read();
                if (reader.TokenType == JsonTokenType.String && IsOneOf(ref reader, ids))
                    return true;
            }
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // A malformed body is the endpoint's business; up to here it carried none of the ids.
        }
        return false;
    }

    private static bool IsEventId(ref Utf8JsonReader reader) => reader.ValueTextEquals("visitorId"u8) || reader.ValueTextEquals("accountId"u8);

    private static bool IsOneOf(ref Utf8JsonReader reader, IReadOnlyList<string> ids)
    {
        foreach (var id in ids)
        {
            if (reader.ValueTextEquals(id))
                return true;
        }
        return false;
    }
}
