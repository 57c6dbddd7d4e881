using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.State;
using PendoSync.Tests.Worlds;
using PendoSync.Web.Http;

namespace PendoSync.Tests.Faults;

/// <summary>
/// Plants recognisable secrets and values of people wherever one can be given, lets everything go wrong, and searches all
/// that is written or said for them (promise 11).
/// </summary>
public sealed class SecretTests
{
    private const string Key = "CANARY-integration-key-5f2c";
    private const string TrackSecret = "CANARY-track-secret-9ab1";
    private const string Person = "CANARY-value-of-a-person";

    public static TheoryData<PendoObject, int> Cases()
    {
        var data = new TheoryData<PendoObject, int>();
        foreach (var target in new[] { PendoObject.Visitor, PendoObject.TrackEvent })
            foreach (var status in new[] { 0, 200, 400, 401, 403, 404, 408, 413, 429, 500, 503 })
                data.Add(target, status);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task No_secret_and_no_value_is_written_or_said(PendoObject target, int status)
    {
        var said = new ConcurrentQueue<string>();
        using var spans = Listen(said);
        using var numbers = Measure(said);
        var world = new World(new WorldSetup { Object = target });
        for (var i = 0; i < 6; i++)
            world.Rows.Add(new WorldRow($"r{i}", Person, 1, new DateTime(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc)));
        world.Rows.Add(new WorldRow(null, Person, 1, default));
        world.Rows.Add(new WorldRow("\ud800", Person, 1, default));
        world.Secrets = name => name == "key" ? Key : TrackSecret;
        world.Log = new Recorder(said);
        // A proxy that shows what it was sent: the worst that an answer can hold.
        world.Pendo.Fault = _ =>
            status == 200 ? null
            : new PendoFault(
            status)
            { Body = $"bad request, x-pendo-integration-key: {(target == PendoObject.Visitor ? Key : TrackSecret)}" };
        world.Run(async () =>
        {
            var process = await world.RunSyncAsync();
            await AskAsync(process.Engine, said);
            await foreach (var run in world.State.Runs.ListAsync(World.Sync, null, CancellationToken.None))
                said.Enqueue($"{run} {run.Error}");
        });
        foreach (var table in Tables.All)
            foreach (var partition in world.Tables.Partitions(table))
                await foreach (var row in world.Tables.QueryAsync(table, partition, RowRange.All, null, CancellationToken.None))
                {
                    var properties =
                        row.Properties.Select(p => $"{p.Key}={(p.Value is byte[] bytes ? Encoding.Latin1.GetString(bytes) : p.Value)}");
                    said.Enqueue($"{row.Partition} {row.Row} {string.Join(' ', properties)}");
                }

        Assert.True(said.Count > 10);
        var found = said.Where(s => s.Contains("CANARY", StringComparison.Ordinal)).Take(5).ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Fact]
    public void A_message_holds_no_secret()
    {
        var world = new World(new WorldSetup()) { Secrets = _ => Key };
        world.Rows.Add(new WorldRow("r1", "a", 1, default));
        world.Run(() => world.StartProcess().TickAsync());
        var batch = RecordBatchFormat.Read(world.Queue.Receive("test")!.Body);
        Assert.DoesNotContain("CANARY", System.Text.Json.JsonSerializer.Serialize(batch.Target)
            + Encoding.UTF8.GetString(batch.Records.Bytes), StringComparison.Ordinal);
    }

    // Every GET of the API and every page, as somebody with the key sees them.
    private static async Task AskAsync(SyncEngine engine, ConcurrentQueue<string> said)
    {
        var handlers = new SyncApiHandlers(engine, new ApiOptions(), new Recorder(said));
        var run = (await engine.State.Checkpoints.ReadAsync(World.Sync, CancellationToken.None)).LastRun;
        string[] paths =
        [
            "health", "openapi.json", "syncs", $"syncs/{World.Sync}", $"syncs/{World.Sync}/runs", $"syncs/{World.Sync}/runs?format=csv",
                $"runs/{run}", $"syncs/{World.Sync}/rejected",
            $"syncs/{World.Sync}/rejected?format=ndjson", $"syncs/{World.Sync}/rejected?format=csv", $"syncs/{World.Sync}/record?key=r1",
                "syncs/nobody", "status", $"status/syncs/{World.Sync}", $"status/runs/{run}",
        ];
        foreach (var path in paths)
        {
            var parts = path.Split('?');
            var context =
                new DefaultHttpContext
                {
                    Request = { Method = "GET", Scheme = "http", Host = new HostString("localhost"), Path = "/api/"
                + parts[0], QueryString = new QueryString(parts.Length > 1 ? "?" + parts[1] : "") }
                };
            using var body = new MemoryStream();
            context.Response.Body = body;
            await handlers.HandleAsync(context);
            Assert.NotEqual(500, context.Response.StatusCode);
            var answer = Encoding.UTF8.GetString(body.ToArray());
            // To explain a record is to show its row to whoever holds the key and asks for it; no secret all the same.
            if (path.Contains("/record?", StringComparison.Ordinal))
                answer = answer.Replace(Person, "", StringComparison.Ordinal);
            var headers = context.Response.Headers.Select(h => $"{h.Key}={h.Value}");
            said.Enqueue($"{path}: {context.Response.StatusCode} {string.Join(' ', headers)} {answer}");
        }
    }

    private static ActivityListener Listen(ConcurrentQueue<string> said)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span => said.Enqueue(string.Join(' ',
                [span.DisplayName, .. span.TagObjects.Concat(span.Events.SelectMany(e => e.Tags)), span.StatusDescription])),
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static MeterListener Measure(ConcurrentQueue<string> said)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, own) =>
            { if (instrument.Meter.Name == Telemetry.Name) own.EnableMeasurementEvents(instrument); }
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) =>
            said.Enqueue($"{instrument.Name} {string.Join(' ', tags.ToArray())}"));
        listener.Start();
        return listener;
    }

    private sealed class Recorder(ConcurrentQueue<string> said) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            said.Enqueue($"{formatter(state, exception)} {exception}");
    }
}
