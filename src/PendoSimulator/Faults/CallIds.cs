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
        Endpoints.SegmentAdd or Endpoints.SegmentRemove => ids.Contains(call.PathPart(3)),
        _ => BodyContains(call, ids),
    };

    private static bool BodyContains(ApiCall call, IReadOnlyList<string> ids)
    {
        try
        {
            var reader = new Utf8JsonReader(call.Body);
            for (var isId = false; reader.Read(); isId = IdFollows(call.Endpoint, ref reader))
            {
                if (isId && reader.TokenType == JsonTokenType.String && IsOneOf(ref reader, ids))
                    return true;
            }
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // A malformed body is the endpoint's business; up to here it carried none of the ids.
        }
        return false;
    }

    /// <summary>Whether a text after this token is an id.</summary>
    private static bool IdFollows(string endpoint, ref Utf8JsonReader reader) =>
        (endpoint, reader.TokenType == JsonTokenType.PropertyName) switch
        {
            // The id of a bulk record is its only text: the values are an object.
            (Endpoints.ValueBulk, true) => reader.CurrentDepth == 2,
            (Endpoints.Track, true) =>
                reader.CurrentDepth == 1 && (reader.ValueTextEquals("visitorId"u8) || reader.ValueTextEquals("accountId"u8)),
            // Ids stand in arrays.
            (Endpoints.SegmentUpload or Endpoints.SegmentReplace or Endpoints.SegmentPatch or Endpoints.BulkDelete, false) => true,
            _ => false,
        };

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
