using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace PendoSync.Tests.Warehouses.PagingKit;

/// <summary>A request as a stand-in saw it.</summary>
internal sealed record SeenRequest(string Method, string Path, IReadOnlyDictionary<string, string> Query,
    IHeaderDictionary Headers, string Body)
{
    public string? Header(string name) => Headers.TryGetValue(name, out var value) ? value.ToString() : null;

    public string? Parameter(string name) => Query.GetValueOrDefault(name);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;
}

/// <summary>What a stand-in answers.</summary>
internal sealed record StandInAnswer(int Status, string Body)
{
    /// <summary>Headers besides the content type.</summary>
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>Type of the body.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>True: the connection is cut in the middle of the body.</summary>
    public bool CutOff { get; init; }

    /// <summary>Bytes that go out as they are under the name of gzip, in place of the compressed body.</summary>
    public byte[]? SaidToBeGzip { get; init; }

    /// <summary>Held back until this ends; the caller's own cancellation ends it too.</summary>
    public Task Until { get; init; } = Task.CompletedTask;

    public static StandInAnswer Json(object body, int status = 200) => new(status, JsonSerializer.Serialize(body));
}

/// <summary>
/// A REST system on loopback: follows the documented contract, refuses what the real one refuses, and fails where a test wants it to.
/// </summary>
internal abstract class StandInServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<SeenRequest> _seen = new();
    private readonly List<Fault> _faults = [];
    private readonly List<(Func<SeenRequest, bool> Match, TaskCompletionSource Seen)> _waiting = [];
    private WebApplication _app = null!;

    /// <summary>Base address.</summary>
    public string Url { get; private set; } = "";

    /// <summary>All requests, oldest first, those that met a fault included.</summary>
    public IReadOnlyList<SeenRequest> Seen => [.. _seen];

    /// <summary>Answers the next <paramref name="times"/> requests that match with this, instead of the contract's answer.</summary>
    public void Fail(Func<SeenRequest, bool> match, StandInAnswer answer, int times = 1)
    {
        lock (_faults)
            _faults.Add(new Fault(match, answer) { Left = times });
    }

    /// <summary>Changes the contract's answer of 200 to the next <paramref name="times"/> requests that match.</summary>
    public void Spoil(Func<SeenRequest, bool> match, Func<StandInAnswer, StandInAnswer> change, int times = 1)
    {
        lock (_faults)
            _faults.Add(new Fault(match, null) { Left = times, Change = change });
    }

    /// <summary>From now on the contract holds again.</summary>
    public void Heal()
    {
        lock (_faults)
            _faults.Clear();
    }

    /// <summary>Ends when such a request has come.</summary>
    public Task SawAsync(Func<SeenRequest, bool> match)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            if (_seen.Any(match))
                return Task.CompletedTask;
            _waiting.Add((match, seen));
        }

        return seen.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    /// <summary>Starts to listen.</summary>
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(HandleAsync);
        await _app.StartAsync();
        Url = _app.Urls.Single();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    /// <summary>The contract.</summary>
    protected abstract StandInAnswer Answer(SeenRequest request);

    private async Task HandleAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var request =
            new SeenRequest(http.Request.Method, http.Request.Path, http.Request.Query.ToDictionary(q => q.Key, q => q.Value.ToString()),
            new HeaderDictionary(http.Request.Headers.ToDictionary(h => h.Key, h => h.Value)), await reader.ReadToEndAsync());
        lock (_waiting)
        {
            _seen.Enqueue(request);
            foreach (var (_, seen) in _waiting.Where(w => w.Match(request)))
                seen.TrySetResult();
        }

        var fault = TakeFault(request);
        var answer = fault?.Answer ?? Answer(request);
        if (fault?.Change is { } change && answer.Status == 200)
            answer = change(answer);
        await answer.Until.WaitAsync(http.RequestAborted);
        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = answer.ContentType;
        foreach (var (name, value) in answer.Headers)
            http.Response.Headers[name] = value;
        var bytes = Encoding.UTF8.GetBytes(answer.Body);
        if (answer.Status == 204)
            return;
        if (answer.SaidToBeGzip is { } raw)
        {
            http.Response.Headers.ContentEncoding = "gzip";
            await http.Response.Body.WriteAsync(raw);
        }
        else if (answer.CutOff)
        {
            http.Response.ContentLength = bytes.Length + 10;
            await http.Response.Body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
            await http.Response.Body.FlushAsync();
            http.Abort();
        }
        else if (http.Request.Headers.AcceptEncoding.ToString().Contains("gzip"))
        {
            http.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new GZipStream(http.Response.Body, CompressionLevel.Fastest);
            await gzip.WriteAsync(bytes);
        }
        else
        {
            await http.Response.Body.WriteAsync(bytes);
        }
    }

    private Fault? TakeFault(SeenRequest request)
    {
        lock (_faults)
        {
            if (_faults.FirstOrDefault(f => f.Left > 0 && f.Match(request)) is not { } fault)
                return null;
            fault.Left--;
            return fault;
        }
    }

    private sealed record Fault(Func<SeenRequest, bool> Match, StandInAnswer? Answer)
    {
        public Func<StandInAnswer, StandInAnswer>? Change { get; init; }

        public int Left { get; set; }
    }
}
