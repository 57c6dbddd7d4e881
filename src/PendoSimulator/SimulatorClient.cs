using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using PendoSimulator.Control;
using PendoSimulator.Faults;

namespace PendoSimulator;

/// <summary>The /simulator endpoints as methods, for tests and for the demo.</summary>
public sealed class SimulatorClient(Uri baseAddress) : IDisposable
{
    // A proxy elsewhere would look for the port on its own machine.
    private readonly HttpClient http =
        new(new SocketsHttpHandler { UseProxy = !baseAddress.IsLoopback })
        {
            BaseAddress = new(baseAddress, "/simulator/"),
            Timeout = Timeout.InfiniteTimeSpan
        };

    public Task<SimulatorState> StateAsync(CancellationToken ct = default) => GetAsync<SimulatorState>("state", ct);

    public Task<RecordChecksum> ChecksumAsync(string kind, CancellationToken ct = default) =>
        GetAsync<RecordChecksum>($"checksum/{kind}", ct);

    public Task<List<CallEntry>> CallsAsync(int last = 1000, CancellationToken ct = default) =>
        GetAsync<List<CallEntry>>($"calls?last={last}", ct);

    public Task<List<SegmentState>> SegmentsAsync(CancellationToken ct = default) => GetAsync<List<SegmentState>>("segments", ct);

    public Task<List<Deletion>> DeletionsAsync(CancellationToken ct = default) => GetAsync<List<Deletion>>("deletions", ct);

    /// <summary>Removes the records of all outstanding bulk deletions.</summary>
    public Task CarryOutDeletionsAsync(CancellationToken ct = default) => PostAsync("deletions", new JsonObject(), ct);

    public Task<List<FaultStatus>> FaultsAsync(CancellationToken ct = default) => GetAsync<List<FaultStatus>>("faults", ct);

    /// <summary>Every record in the order of creation: <c>{"id":…,"custom":{…}}</c>.</summary>
    public IAsyncEnumerable<JsonElement> RecordsAsync(string kind, int after = 0, int limit = int.MaxValue,
        CancellationToken ct = default) =>
        LinesAsync<JsonElement>($"records/{kind}?after={after}&limit={limit}", ct);

    /// <summary>Every received event in the order of arrival.</summary>
    public IAsyncEnumerable<ReceivedEvent> EventsAsync(int after = 0, int limit = int.MaxValue, CancellationToken ct = default) =>
        LinesAsync<ReceivedEvent>($"events?after={after}&limit={limit}", ct);

    public async Task<List<FaultStatus>> AddFaultsAsync(params FaultRule[] rules)
    {
        using var response = await http.PostAsJsonAsync("faults", rules, ControlJson.Options, CancellationToken.None);
        return (await ReadAsync<List<FaultStatus>>(response, CancellationToken.None))!;
    }

    public async Task ClearFaultsAsync(CancellationToken ct = default)
    {
        using var response = await http.DeleteAsync("faults", ct);
        await CheckAsync(response, ct);
    }

    public Task ResetAsync(ResetRequest? what = null, CancellationToken ct = default) => PostAsync("reset", what ?? new(), ct);

    public Task SeedAsync(string kind, params string[] ids) => PostAsync("seed", new SeedRequest(kind, ids), default);

    public Task SeedAsync(SeedRequest what, CancellationToken ct = default) => PostAsync("seed", what, ct);

    public Task ChangeKeysAsync(KeyRequest what, CancellationToken ct = default) => PostAsync("keys", what, ct);

    public Task ChangeSchemaAsync(SchemaChange what, CancellationToken ct = default) => PostAsync("schema", what, ct);

    /// <summary>Changes switches of <see cref="SimulatorOptions"/> by name while the simulator runs.</summary>
    public Task ChangeOptionsAsync(JsonObject what, CancellationToken ct = default) => PostAsync("options", what, ct);

    public void Dispose() => http.Dispose();

    private async Task<T> GetAsync<T>(string path, CancellationToken ct)
    {
        using var response = await http.GetAsync(path, ct);
        return (await ReadAsync<T>(response, ct))!;
    }

    private async Task PostAsync<T>(string path, T body, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync(path, body, ControlJson.Options, ct);
        await CheckAsync(response, ct);
    }

    private async IAsyncEnumerable<T> LinesAsync<T>(string path,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        using var response = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, ct);
        await CheckAsync(response, ct);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(ct));
        while (await lines.ReadLineAsync(ct) is { } line)
            yield return JsonSerializer.Deserialize<T>(line, ControlJson.Options)!;
    }

    private static async Task<T?> ReadAsync<T>(HttpResponseMessage response, CancellationToken ct)
    {
        await CheckAsync(response, ct);
        return await response.Content.ReadFromJsonAsync<T>(ControlJson.Options, ct);
    }

    private static async Task CheckAsync(HttpResponseMessage response, CancellationToken ct)
    {
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException(
                $"The simulator answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(ct)}");
    }
}
