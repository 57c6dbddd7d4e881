using System.Text;
using System.Text.Json;

namespace PendoSimulator.Api;

/// <summary>What a call is answered with, before a fault changes it.</summary>
public sealed record Answer(int Status, byte[] Body, string? ContentType)
{
    public string? RetryAfter { get; init; }

    /// <summary>The numbers of a bulk answer, so that a fault can write them wrongly.</summary>
    public Records.BulkCounts? Bulk { get; init; }

    public static Answer Empty(int status) => new(status, [], null);

    public static Answer Json(byte[] body) => new(200, body, "application/json");

    public static Answer Json<T>(T body)
        where T : class => Json(JsonSerializer.SerializeToUtf8Bytes(body, ApiJson.Options));

    public static Answer Json(string body) => Json(Encoding.UTF8.GetBytes(body));

    /// <summary>A refusal, its text in the form that the options choose; Pendo publishes no form for it.</summary>
    public static Answer Refused(int status, string text, ErrorBodyFormat format) => format switch
    {
        ErrorBodyFormat.Json => new(status, JsonSerializer.SerializeToUtf8Bytes(new { error = text }), "application/json"),
        ErrorBodyFormat.Empty => Empty(status),
        _ => new(status, Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8"),
    };
}
