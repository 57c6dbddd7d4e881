using System.Net;
using System.Text;
using System.Text.Json;

namespace PendoSync.Tests.Worlds;

/// <summary>A value that Pendo took, and how many it had taken when its call began.</summary>
internal sealed record Applied(string Kind, string Id, byte[] Payload, DateTimeOffset At, string By, int Before);

/// <summary>What Pendo does with one call instead of answering it well.</summary>
/// <param name="Status">Answers with this status; 0: breaks the connection.</param>
/// <param name="Apply">Does what was asked before.</param>
internal sealed record PendoFault(int Status, bool Apply = false)
{
    /// <summary>The connection is refused: surely not applied.</summary>
    public bool Refuse { get; init; }

    /// <summary>Does what was asked only so long after the call began, whatever was answered.</summary>
    public TimeSpan? Late { get; init; }

    /// <summary>Never answers.</summary>
    public bool Silent { get; init; }

    public string? Body { get; init; }

    public string? RetryAfter { get; init; }

    /// <summary>The answer comes a byte at a time, with this pause before each, and goes on for at least 200 of them.</summary>
    public TimeSpan? Drip { get; init; }
}

/// <summary>A POST of values or of one event, or a PUT of one flag.</summary>
internal sealed record PendoCall(int Number, string Path, byte[] Body, WorldProcess By, DateTimeOffset At, int Before)
{
    public bool IsTrack => Path == "/data/track";

    public bool IsFlag => Path.Contains("/pendo/value/", StringComparison.Ordinal);
}

/// <summary>Pendo in memory: schema, bulk set and track, with the rules of docs/pendo.md, and a log of what it took.</summary>
internal sealed class WorldPendo(World world)
{
    private readonly Dictionary<(string Kind, string Id), byte[]> _records = [];

    /// <summary>Ids whose values Pendo refuses.</summary>
    public HashSet<string> Rejected { get; } = new(StringComparer.Ordinal);

    public List<Applied> Log { get; } = [];

    public List<(string Ref, DateTimeOffset At, string By)> Events { get; } = [];

    public List<PendoCall> Calls { get; } = [];

    public Func<PendoCall, PendoFault?>? Fault { get; set; }

    public IEnumerable<(string Id, byte[] Payload)> RecordsOf(string kind) =>
        _records.Where(r => r.Key.Kind == kind).Select(r => (r.Key.Id, r.Value));

    public byte[]? Find(string kind, string id) => _records.GetValueOrDefault((kind, id));

    /// <summary>Makes ids known.</summary>
    public void Seed(string kind, params string[] ids)
    {
        foreach (var id in ids)
            _records.TryAdd((kind, id), []);
    }

    public void CopyFrom(WorldPendo other)
    {
        foreach (var (key, payload) in other._records)
            _records[key] = payload;
        Rejected.UnionWith(other.Rejected);
        Log.AddRange(other.Log);
        Events.AddRange(other.Events);
    }

    public HttpResponseMessage Schema() => Json(200, """{"custom":{"plan":{"Type":"string"},"rev":{"Type":"float"}}}""");

    /// <summary>A page of the records of a kind, by id: what <c>HeldFields.Request</c> asks for.</summary>
    public HttpResponseMessage Aggregate(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        var steps = document.RootElement.GetProperty("request").GetProperty("pipeline").EnumerateArray()
            .SelectMany(s => s.EnumerateObject()).ToDictionary(s => s.Name, s => s.Value);
        var kind = steps["source"].EnumerateObject().Single().Name.TrimEnd('s');
        var after = steps.TryGetValue("filter", out var filter)
            ? JsonSerializer.Deserialize<string>(filter.GetString()!.Split('>', 2)[1]) : null;
        var fields = steps["select"].EnumerateObject().Where(f => f.Name != "id")
            .Select(f => (f.Name, Field: f.Value.GetString()!.Split('.')[^1])).ToList();
        var page = RecordsOf(kind).Where(r => string.CompareOrdinal(r.Id, after) > 0).OrderBy(r => r.Id, StringComparer.Ordinal)
            .Take(steps["limit"].GetInt32());
        return Json(200, JsonSerializer.Serialize(new { results = page.Select(r => Row(r.Id, r.Payload)) }));

        Dictionary<string, object?> Row(string id, byte[] payload)
        {
            var values = payload.Length == 0 ? [] : JsonSerializer.Deserialize<JsonElement>(payload).GetProperty("values")
                .EnumerateObject().ToDictionary(v => v.Name, v => v.Value);
            return fields.ToDictionary(f => f.Name, f => values.TryGetValue(f.Field, out var value) ? (object?)value : null)
                .Append(new("id", id)).ToDictionary();
        }
    }

    /// <summary>Does what a call asks and answers it.</summary>
    public HttpResponseMessage Take(PendoCall call)
    {
        if (call.IsTrack)
        {
            if (Rejected.Contains(RefOf(call.Body)))
                return Json(400, "no such thing");
            Events.Add((RefOf(call.Body), world.Clock.GetUtcNow(), call.By.Owner));
            return Json(200, "");
        }

        var kind = call.Path.Split('/')[4];
        var create = call.Path.EndsWith("?create=true", StringComparison.Ordinal);
        var missing = new List<string>();
        var errors = new List<object>();
        var all = IdsOf(call).ToList();
        foreach (var (id, payload) in all)
        {
            if (Rejected.Contains(id))
            {
                errors.Add(new { id, error = "value out of range" });
            }
            else if (!create && !_records.ContainsKey((kind, id)))
            {
                missing.Add(id);
            }
            else
            {
                _records[(kind, id)] = payload;
                Log.Add(new Applied(kind, id, payload, world.Clock.GetUtcNow(), call.By.Owner, call.Before));
            }
        }

        var failed = missing.Count + errors.Count;
        return Json(200, JsonSerializer.Serialize(new { total = all.Count, updated = all.Count - failed, failed, missing, errors }));
    }

    /// <summary>Ids and payloads of a bulk call.</summary>
    public static IEnumerable<(string Id, byte[] Payload)> IdsOf(PendoCall call)
    {
        using var document = JsonDocument.Parse(call.Body);
        return [.. document.RootElement.EnumerateArray()
            .Select(e => (e.EnumerateObject().First().Value.GetString()!, Encoding.UTF8.GetBytes(e.GetRawText())))];
    }

    /// <summary>The warehouse's id of an event; the tests put it into a property.</summary>
    public static string RefOf(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.GetProperty("properties").GetProperty("ref").GetString()!;
    }

    public static HttpResponseMessage Json(int status, string body) =>
        new((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
}

/// <summary>The way from one process to Pendo. It answers at once, on the caller's thread, unless a fault lets it wait.</summary>
internal sealed class WorldPendoHandler(World world, WorldProcess process) : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        if (process.Dead)
            return Never();
        if (request.Method == HttpMethod.Get)
            return Task.FromResult(world.Pendo.Schema());
        ct.ThrowIfCancellationRequested();
        if (request.RequestUri!.AbsolutePath.EndsWith("/aggregation", StringComparison.Ordinal))
            return Task.FromResult(world.Pendo.Aggregate(BodyOf(request)));
        var call = new PendoCall(world.Pendo.Calls.Count, request.RequestUri.PathAndQuery, BodyOf(request), process,
            world.Clock.GetUtcNow(), world.Pendo.Log.Count);
        var number = world.NextEffect($"call {call.Path}");
        if (world.StopBefore == number)
            return Die();
        world.Pendo.Calls.Add(call);
        world.Watch.Called(call);
        if (world.StopLate == number)
        {
            // Pendo works on it for as long as it may, whatever became of the caller.
            TakeLater(call, TimeSpan.FromSeconds(290));
            return Die();
        }

        var fault = world.Pendo.Fault?.Invoke(call);
        var answer = fault is null or { Apply: true } ? world.Pendo.Take(call) : null;
        if (fault?.Late is { } late)
            TakeLater(call, late);
        if (world.StopAfter == number)
            return Die();
        if (fault is null)
            return Task.FromResult(answer!);
        if (fault.Silent)
            return Silence(ct);
        if (fault.Refuse)
            throw new HttpRequestException(HttpRequestError.ConnectionError);
        if (fault.Status == 0)
            throw new HttpRequestException(HttpRequestError.ResponseEnded);
        if (fault.Drip is { } pause)
            return Task.FromResult(Dripping(answer!, pause));
        var response = WorldPendo.Json(fault.Status, fault.Body ?? "");
        if (fault.RetryAfter is not null)
            response.Headers.TryAddWithoutValidation("Retry-After", fault.RetryAfter);
        return Task.FromResult(response);
    }

    // The content is in memory, so this does not wait.
    private static byte[] BodyOf(HttpRequestMessage request)
    {
        using var buffer = new MemoryStream();
        request.Content!.CopyToAsync(buffer).GetAwaiter().GetResult();
        return buffer.ToArray();
    }

    private HttpResponseMessage Dripping(HttpResponseMessage answer, TimeSpan pause)
    {
        using var body = new MemoryStream();
        answer.Content.CopyToAsync(body).GetAwaiter().GetResult();
        body.Write(Encoding.UTF8.GetBytes(new string(' ', Math.Max(0, 200 - (int)body.Length))));
        answer.Content = new StreamContent(new DripStream(body.ToArray(), pause, world.Clock));
        return answer;
    }

    private void TakeLater(PendoCall call, TimeSpan late) =>
        world.Clock.CreateTimer(_ => world.Pendo.Take(call), null, late, Timeout.InfiniteTimeSpan);

    private Task<HttpResponseMessage> Silence(CancellationToken ct)
    {
        var never = new TaskCompletionSource<HttpResponseMessage>();
        ct.Register(() =>
        {
            world.Thread.Leave();
            never.TrySetCanceled(ct);
        });
        return never.Task;
    }

    private Task<HttpResponseMessage> Die()
    {
        process.Die();
        return Never();
    }

    private static Task<HttpResponseMessage> Never() => new TaskCompletionSource<HttpResponseMessage>().Task;
}

/// <summary>Gives a byte at a time, each after a pause of the world's time.</summary>
internal sealed class DripStream(byte[] bytes, TimeSpan pause, TimeProvider clock) : MemoryStream(bytes)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Delay(pause, clock, cancellationToken);
        return await base.ReadAsync(buffer[..1], cancellationToken);
    }
}
