using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace PendoSimulator.Api;

/// <summary>One call as the endpoints see it: who, where, and the whole body.</summary>
internal sealed class ApiCall(HttpContext http, string endpoint, ReadOnlyMemory<byte> body)
{
    private string[]? pathParts;

    public HttpContext Http => http;

    public string Endpoint => endpoint;

    public ReadOnlySpan<byte> Body => body.Span;

    public string? Key => http.Request.Headers["x-pendo-integration-key"];

    public bool IsWrite => http.Request.Method != HttpMethods.Get;

    public bool Create => string.Equals(http.Request.Query["create"], "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>How many records the call carries, for the log.</summary>
    public int Records { get; set; }

    /// <summary>What the faults decide about single records of this call.</summary>
    public Func<string, Records.RecordFate>? Fates { get; set; }

    /// <summary>What the faults make of the rows of an aggregation.</summary>
    public Func<List<Records.RecordStore.Entry>, List<Records.RecordStore.Entry>>? ChangeRows { get; set; }

    /// <summary>A part of the path after /api/v1, decoded from the raw target, because ids may hold an encoded slash.</summary>
    public string PathPart(int index)
    {
        pathParts ??= RawPath(http).Split('/', StringSplitOptions.RemoveEmptyEntries)[2..];
        return Uri.UnescapeDataString(pathParts[index]);
    }

    /// <summary>
    /// The id of a visitor or account in the path, in base64 when the header says so (PM: x-pendo-base64-encoded-params);
    /// null if it is no base64.
    /// </summary>
    public string? RecordId()
    {
        var text = PathPart(1);
        if (!string.Equals(http.Request.Headers["x-pendo-base64-encoded-params"], "true", StringComparison.OrdinalIgnoreCase))
            return text;
        try
        {
            // Both alphabets are taken; Pendo does not say which one it means.
            return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text.Replace('+', '-').Replace('/', '_')));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public static string RawPath(HttpContext http)
    {
        var target = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? http.Request.Path.Value ?? "/";
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? target : target[..query];
    }
}
