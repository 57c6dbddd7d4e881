using System.Text.Json;
using System.Text.Json.Serialization;

namespace PendoSync.Batches;

/// <summary>A request for a run as a message body: plain JSON.</summary>
public static class SyncRequestFormat
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The body.</summary>
    public static byte[] Write(SyncRequest request) => JsonSerializer.SerializeToUtf8Bytes(request, Options);

    /// <summary>The request of a body.</summary>
    /// <exception cref="FormatException">The body is no request.</exception>
    public static SyncRequest Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize<SyncRequest>(body.Span, Options)
                ?? throw new FormatException("the body is not a request for a run");
        }
        catch (JsonException e)
        {
            // The exception's own message may quote the body.
            throw new FormatException($"the body is not a request for a run (at {e.Path})", e);
        }
    }
}
