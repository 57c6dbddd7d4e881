using System.Diagnostics;
using FunctionsHost;
using PendoFunctions.Tests.Worlds;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoFunctions.Tests.Kills;

/// <summary>
/// A deployment whose worker process is killed, again and again, and started again by its host: the warehouse, Service Bus, the tables and
/// Pendo live on.
/// </summary>
internal sealed class KilledDeployment : IAsyncDisposable
{
    public const int Chunk = 5;

    // A process that a signal ended answers 128 and the signal.
    private const int Sigkill = 137;

    // A dead owner's intents and leases have had their time after it: the deadline of a delivery and its margin are 13 min.
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(14);
    private readonly AppWorld _world;
    private AppHost _app = null!;

    private KilledDeployment(AppWorld world)
    {
        _world = world;
        world.WriteProject(maxCallsPerSecond: 300);
        foreach (var kind in new[] { "visitor", "account" })
            AddSync(kind, $"object: {kind}\nbehavior: update_or_create\nfields: {{ plan: plan }}\ncreate_fields: true\nbatch_size: 10\n");
        foreach (var policy in new[] { "at_least_once", "at_most_once" })
        {
            AddSync(policy.Replace('_', '-'), $$"""
                object: track_event
                behavior: send
                app: web-app
                event: { name: { constant: {{policy}} }, visitor_id: plan, timestamp: at, properties: { ref: id } }
                delivery: {{policy}}
                chunk: {{Chunk}}
                concurrency: 2
                batch_size: 20
                """);
        }
    }

    public StateStore State => _world.State;

    public SqliteFile Warehouse => _world.Warehouse;

    /// <summary>The syncs, by their full names.</summary>
    public List<string> Syncs { get; } = [];

    public static async Task<KilledDeployment> StartAsync(Azurite azurite)
    {
        var deployment = new KilledDeployment(await AppWorld.CreateAsync(azurite));
        var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["SyncTimer"] = "* * * * * *" };
        deployment._app = await deployment._world.StartAppAsync(settings);
        return deployment;
    }

    public string Sync(string name) => _world.Sync(name);

    /// <summary>Kills <paramref name="wanted"/> workers; each meets a warehouse that has changed.</summary>
    public async Task KillAsync(int wanted, int seed)
    {
        var random = new Random(seed);
        for (var kill = 0; kill < wanted; kill++)
        {
            Change(kill);
            await _app.ReadyAsync();
            // Three of four moments are counted from the first call of the process, when there is most to lose; the others from its start.
            if (random.Next(4) > 0)
            {
                var before = await CallsAsync();
                await UntilAsync(async () => await CallsAsync() > before, "a call");
                await Task.Delay(random.Next(0, 600));
            }
            else
            {
                await Task.Delay(random.Next(0, 3000));
            }

            await _app.KillAsync();
            _world.Clock.Skip(Between);
        }
    }

    /// <summary>Waits until every sync has nothing more to send.</summary>
    public async Task CompleteAsync()
    {
        for (var i = 0; i < 10; i++)
        {
            // All are due again. Not more: every dead owner had its time after its kill, and the living one would lose its lease and locks.
            var before = await LastRunsAsync();
            _world.Clock.Skip(TimeSpan.FromSeconds(61));
            var waited = Stopwatch.StartNew();
            await UntilAsync(async () =>
            {
                // Batches that wait for a dead owner's time; and whatever else waits, once nothing has come for very long.
                if (_world.Batches is { ActiveMessageCount: 0, ScheduledMessageCount: > 0 } || waited.Elapsed > TimeSpan.FromSeconds(120))
                {
                    _world.Clock.Skip(Between);
                    waited.Restart();
                }

                return (await LastRunsAsync()).Zip(before)
                    .All(runs => runs.First is { } last && last.RunId != runs.Second?.RunId && last.Ended);
            }, "a run of every sync");
            if ((await LastRunsAsync()).All(run => run is { State: RunState.Completed, Counts.Planned: 0 }))
            {
                Assert.All(_app.ExitCodes, code => Assert.Equal(Sigkill, code));
                return;
            }
        }

        Assert.Fail(string.Join('\n', await LastRunsAsync()));
    }

    /// <summary>What Pendo holds in the field plan.</summary>
    public async Task<Dictionary<string, string>> HeldAsync(string kind)
    {
        var held = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var record in _world.Pendo.Control.RecordsAsync(kind))
            if (record.GetProperty("custom").TryGetProperty("plan", out var plan))
                held[record.GetProperty("id").GetString()!] = plan.GetString()!;
        return held;
    }

    /// <summary>Ids of the events of a name that Pendo took, each as often as it was taken.</summary>
    public async Task<List<string>> ReceivedAsync(string name)
    {
        var received = new List<string>();
        await foreach (var one in _world.Pendo.Control.EventsAsync())
            if (one.Name == name)
                received.Add(one.Properties!.Value.GetProperty("ref").GetString()!);
        return received;
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private void AddSync(string name, string more)
    {
        var table = name.Replace('-', '_');
        Warehouse.Execute($"create table {table}(id text, plan text, at text)");
        Insert(table, "r", 60);
        _world.AddSync(name, $"model: {{ table: {table} }}\nkey: id\nevery: 1m\n{more}");
        Syncs.Add(Sync(name));
    }

    private void Change(int number)
    {
        foreach (var table in new[] { "visitor", "account" })
            Warehouse.Execute($"update {table} set plan = 'p{number}' where rowid % 2 = {number % 2}");
        foreach (var table in new[] { "at_least_once", "at_most_once" })
            Insert(table, $"m{number}-", 20);
    }

    private void Insert(string table, string prefix, int rows) => Warehouse.Execute(
        $"with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows}) "
        + $"insert into {table} select '{prefix}' || i, 'v' || i, '{DateTimeOffset.UtcNow.AddHours(-1):yyyy-MM-ddTHH:mm:ssZ}' from n");

    private async Task<List<RunRecord?>> LastRunsAsync()
    {
        var last = new List<RunRecord?>();
        foreach (var sync in Syncs)
        {
            var checkpoint = await State.Checkpoints.ReadAsync(sync, CancellationToken.None);
            last.Add(checkpoint is { Active: null, LastRun: { } id } ? await State.Runs.ReadAsync(sync, id, CancellationToken.None) : null);
        }
        return last;
    }

    private Task UntilAsync(Func<Task<bool>> holds, string what) => _world.UntilAsync(holds, what, seconds: 300, StandAsync);

    // Where every sync stands, and how its workers ended: what to look at when nothing comes any more.
    private async Task<string> StandAsync()
    {
        var lines = new List<string> { $"workers ended with {string.Join(", ", _app.ExitCodes)}" };
        foreach (var sync in Syncs)
        {
            var now = await State.Checkpoints.ReadAsync(sync, CancellationToken.None);
            lines.Add($"{sync}: active {now.Active}, last {now.LastRun} {now.LastStop}, goes on {now.GoesOn}, began {now.LastStart:T}");
        }

        return string.Join('\n', lines);
    }

    private async Task<long> CallsAsync() => (await _world.Pendo.Control.StateAsync()).Calls.Total;
}
