using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PendoSimulator.Api;
using PendoSimulator.Faults;
using PendoSimulator.Records;

namespace PendoSimulator.Control;

/// <summary>
/// The /simulator endpoints: what was received, and what shall go wrong. They ask for no key; the simulator listens on loopback only.
/// </summary>
internal sealed class ControlEndpoints(SimulatedPendo pendo)
{
    private const int Page = 1000;

    public void Map(IEndpointRouteBuilder app)
    {
        var control = app.MapGroup("/simulator");
        control.MapGet("state", State);
        control.MapGet("checksum/{kind}", (string kind) => WithKind(kind, Checksum));
        control.MapGet("records/{kind}", (string kind, int? after, int? limit) =>
            WithKind(kind, found => Lines(output => WriteRecordsAsync(found, after ?? 0, limit ?? int.MaxValue, output))));
        control.MapGet("events", (int? after, int? limit) => Lines(output => WriteEventsAsync(after ?? 0, limit ?? int.MaxValue, output)));
        control.MapGet("segments", () => Json(pendo.Segments.List()));
        control.MapGet("deletions", () => Json(pendo.Deletions.List()));
        control.MapPost("deletions", () => Done(pendo.Deletions.CarryOut));
        control.MapGet("calls", (int? last) => Json(pendo.Calls.Last(last ?? 100)));
        control.MapGet("faults", () => Json(pendo.Faults.List()));
        control.MapPost("faults", (HttpRequest request) => FromBodyAsync<JsonNode>(request, AddFaults));
        control.MapDelete("faults", () => Done(pendo.Faults.Clear));
        control.MapDelete("faults/{id:int}", (int id) => pendo.Faults.Remove(id) ? Results.NoContent()
            : Problem(404, $"There is no fault {id}."));
        control.MapPost("reset", (HttpRequest request) => FromBodyAsync<ResetRequest>(request, what => Done(() => pendo.Reset(what))));
        control.MapPost("seed", (HttpRequest request) => FromBodyAsync<SeedRequest>(request, Seed));
        control.MapPost("keys", (HttpRequest request) => FromBodyAsync<KeyRequest>(request, what => Done(() => ChangeKeys(what))));
        control.MapPost("schema", (HttpRequest request) => FromBodyAsync<SchemaChange>(request, what => Done(() => pendo.Change(what))));
        control.MapPost("options", (HttpRequest request) =>
            FromBodyAsync<JsonObject>(request, what => Done(() => pendo.Options = ControlJson.With(pendo.Options, what))));
    }

    private IResult State()
    {
        var (received, dropped, flags) = pendo.Events.Count();
        return Json(new SimulatorState(
            pendo.Kinds.ToDictionary(kind => kind.Name, kind => kind.Records.Count), new(received, dropped, flags), pendo.Calls.Summary()));
    }

    private static IResult Checksum(RecordKind kind)
    {
        var (count, sum) = RecordLine.Checksum(kind.Records, kind.Fields);
        return Json(new RecordChecksum(kind.Name, count, sum.ToString("x16")));
    }

    private IResult AddFaults(JsonNode body)
    {
        var rules = body is JsonArray
            ? body.Deserialize<List<FaultRule>>(ControlJson.Options)!
            : [body.Deserialize<FaultRule>(ControlJson.Options)!];
        foreach (var rule in rules)
        {
            if (rule.Endpoint is { } endpoint && !Endpoints.All.Contains(endpoint))
                return Problem(400, $"There is no endpoint {endpoint}; known are {string.Join(", ", Endpoints.All)}.");
        }
        return Json(pendo.Faults.Add(rules));
    }

    private IResult Seed(SeedRequest what) => WithKind(what.Kind, kind =>
    {
        var numbered = Enumerable.Range(what.From, what.Count).Select(number => $"{what.Prefix}{number}");
        return Json(new SeedResult((what.Ids ?? []).Concat(numbered).Count(kind.Records.Create)));
    });

    private void ChangeKeys(KeyRequest what)
    {
        foreach (var (key, canWrite) in what.IntegrationKeys ?? new Dictionary<string, bool>())
            pendo.Keys.Allow(key, canWrite);
        foreach (var (app, secret) in what.TrackSecrets ?? new Dictionary<string, string>())
            pendo.Keys.SetTrackSecret(app, secret);
        foreach (var key in what.Revoke ?? [])
            pendo.Keys.Revoke(key);
    }

    private static async Task WriteRecordsAsync(RecordKind kind, int after, int limit, Stream output)
    {
        var lines = new RecordLine(kind.Fields);
        var page = new RecordStore.Entry[Page];
        using var buffer = new MemoryStream();
        while (limit > 0 && kind.Records.Copy(after, page.AsSpan(0, Math.Min(Page, limit))) is var taken and > 0)
        {
            foreach (var entry in page.AsSpan(0, taken))
            {
                buffer.Write(lines.Write(entry.Id, entry.Values));
                buffer.WriteByte((byte)'\n');
            }
            await FlushAsync(buffer, output);
            (after, limit) = (after + taken, limit - taken);
        }
    }

    private async Task WriteEventsAsync(int after, int limit, Stream output)
    {
        using var buffer = new MemoryStream();
        while (limit > 0 && pendo.Events.Copy(after, Math.Min(Page, limit)) is { Length: > 0 } taken)
        {
            foreach (var line in taken)
            {
                buffer.Write(line);
                buffer.WriteByte((byte)'\n');
            }
            await FlushAsync(buffer, output);
            (after, limit) = (after + taken.Length, limit - taken.Length);
        }
    }

    private static async Task FlushAsync(MemoryStream buffer, Stream output)
    {
        buffer.Position = 0;
        // A reader that went away makes the write fail.
        await buffer.CopyToAsync(output, CancellationToken.None);
        buffer.SetLength(0);
    }

    private IResult WithKind(string name, Func<RecordKind, IResult> use) =>
        pendo.FindKind(name) is { } kind ? use(kind) : Problem(404, $"There is no kind {name}.");

    private static async Task<IResult> FromBodyAsync<T>(HttpRequest request, Func<T, IResult> use)
    {
        try
        {
            using var body = await RequestBody.ReadAsync(request, limit: 0, request.HttpContext.RequestAborted);
            // No body means an object without members: everything by default.
            var what = JsonSerializer.Deserialize<T>(body.Length == 0 ? "{}"u8 : body.Memory.Span, ControlJson.Options);
            return what is null ? Problem(400, "The body must not be null.") : use(what);
        }
        catch (JsonException wrong)
        {
            return Problem(400, wrong.Message);
        }
    }

    private static IResult Done(Action change)
    {
        change();
        return Results.NoContent();
    }

    private static IResult Json<T>(T value) => Results.Json(value, ControlJson.Options);

    private static IResult Lines(Func<Stream, Task> write) => Results.Stream(write, "application/x-ndjson");

    private static IResult Problem(int status, string text) => Results.Text(text, statusCode: status);
}
