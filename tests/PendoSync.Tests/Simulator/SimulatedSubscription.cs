using System.Net;
using System.Text;
using System.Text.Json;
using PendoSimulator;

namespace PendoSync.Tests.Simulator;

/// <summary>A running simulator with some fields, and the calls that the tests make of it.</summary>
internal sealed class SimulatedSubscription : IAsyncDisposable
{
    public const string Key = "write-key";
    public const string ReadOnlyKey = "read-key";
    public const string Secret = "track-secret";
    public const string Bulk = "/api/v1/metadata/visitor/custom/value";

    private static readonly FieldDefinition[] Fields =
    [
        new("visitor", "custom", "plan", "string"),
        new("visitor", "custom", "seats", "integer"),
        new("visitor", "custom", "score", "float"),
        new("visitor", "custom", "paying", "boolean"),
        new("visitor", "custom", "renewal", "time"),
        new("visitor", "agent", "tags", "list"),
        new("account", "custom", "plan", "string"),
    ];

    private readonly PendoSimulatorHost host;
    private bool stopped;

    private SimulatedSubscription(PendoSimulatorHost host)
    {
        this.host = host;
        Http = new() { BaseAddress = host.BaseAddress, Timeout = TimeSpan.FromSeconds(20) };
    }

    public HttpClient Http { get; }

    public SimulatorClient Control => host.Control;

    public static async Task<SimulatedSubscription> StartAsync(Func<SimulatorOptions, SimulatorOptions>? change = null,
        TimeProvider? time = null)
    {
        var options = new SimulatorOptions
        {
            IntegrationKeys = new Dictionary<string, bool> { [Key] = true, [ReadOnlyKey] = false },
            TrackSecrets = new Dictionary<string, string> { ["web-app"] = Secret },
            Fields = Fields,
        };
        return new(await PendoSimulatorHost.StartAsync(change?.Invoke(options) ?? options, time));
    }

    public async Task<Reply> SendAsync(HttpMethod method, string path, string? body = null, string? key = Key, bool base64 = false)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (key is not null)
            request.Headers.Add("x-pendo-integration-key", key);
        if (base64)
            request.Headers.Add("x-pendo-base64-encoded-params", "true");
        using var response = await Http.SendAsync(request);
        var retryAfter = response.Headers.NonValidated.TryGetValues("Retry-After", out var values) ? values.ToString() : null;
        return new(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentType?.MediaType,
            retryAfter);
    }

    public Task<Reply> GetAsync(string path, string? key = Key) => SendAsync(HttpMethod.Get, path, key: key);

    public Task<Reply> PostAsync(string path, string body, string? key = Key) => SendAsync(HttpMethod.Post, path, body, key);

    /// <summary>Writes one visitor, created if unknown.</summary>
    public Task<Reply> WriteAsync(string id, string values) =>
        PostAsync(Bulk + "?create=true", $$"""[{"visitorId":{{JsonSerializer.Serialize(id)}},"values":{{values}}}]""");

    public Task<Reply> TrackAsync(string body, string? key = Secret) => PostAsync("/data/track", body, key);

    public static string Event(DateTimeOffset at, string visitor = "v", string name = "paid", string properties = "{}") =>
        $$$"""{"type":"track","event":"{{{name}}}","visitorId":"{{{visitor}}}","accountId":"a","timestamp":"""
        + $$$"""{{{at.ToUnixTimeMilliseconds()}}},"properties":{{{properties}}},"context":{"ip":"192.0.2.1"}}""";

    public async Task<List<string>> LinesAsync(string kind = "visitor")
    {
        var lines = await Http.GetStringAsync($"/simulator/records/{kind}");
        return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>Stops the simulator while the client's calls are still under way.</summary>
    public async Task StopAsync()
    {
        stopped = true;
        await host.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!stopped)
            await host.DisposeAsync();
        Http.Dispose();
    }

    internal sealed record Reply(HttpStatusCode Status, string Body, string? ContentType, string? RetryAfter)
    {
        public JsonElement Json => JsonDocument.Parse(Body).RootElement;

        public (int Total, int Updated, int Failed) Counts =>
            (Json.GetProperty("total").GetInt32(), Json.GetProperty("updated").GetInt32(), Json.GetProperty("failed").GetInt32());
    }
}
