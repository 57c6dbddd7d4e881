using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Unicode;
using PendoSync.Warehouses.JsonPages;

namespace PendoSync.Warehouses.Rest;

/// <summary>One complete answer of a REST system.</summary>
internal sealed class RestAnswer(HttpRequestMessage request, HttpStatusCode status, HttpResponseHeaders headers, PooledBytes body)
    : IDisposable
{
    private JsonEnvelope? _envelope;
    private bool _read;

    /// <summary>What was asked.</summary>
    public HttpMethod Method { get; } = request.Method;

    /// <summary>True when the request was marked as one to another host's own storage.</summary>
    public bool IsLink { get; } = request.Options.TryGetValue(RestCaller.IsLink, out var link) && link;

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The HTTP headers.</summary>
    public HttpResponseHeaders Headers { get; } = headers;

    /// <summary>The body, decompressed.</summary>
    public PooledBytes Body { get; } = body;

    /// <summary>True for 200 to 299.</summary>
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>True when the same request may succeed in a moment.</summary>
    public bool MayPass => HttpStatus.MayPass((int)Status);

    /// <summary>True when the body is one whole JSON value in valid UTF-8.</summary>
    public bool IsJson => Read() is not null;

    /// <summary>The members of a JSON body; none when the body is not JSON (a proxy's page).</summary>
    public JsonEnvelope Envelope => Read() ?? JsonEnvelope.Empty;

    /// <summary>The page of rows at the path of the body; the page owns the body from now on.</summary>
    public JsonPage Page(string rows) => new(Body, Envelope.Rows(rows));

    /// <inheritdoc/>
    public void Dispose() => Body.Dispose();

    private JsonEnvelope? Read()
    {
        if (_read)
            return _envelope;
        _read = true;
        try
        {
            // Validated once per answer, so that no text is changed in silence later.
            _envelope = Utf8.IsValid(Body.Span) ? new JsonEnvelope(Body) : null;
        }
        catch (JsonException)
        {
            // Who asked decides what that means.
        }

        return _envelope;
    }
}
