using Microsoft.Extensions.Logging;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.State;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Worlds;

/// <summary>What kind of world it is.</summary>
internal sealed record WorldSetup
{
    public PendoObject Object { get; init; } = PendoObject.Visitor;

    public DeliveryPolicy Delivery { get; init; }

    public bool Create { get; init; } = true;

    /// <summary>
    /// True: one process at a time, its queue dies with it (CLI). False: a queue and leases that outlive processes (Azure).
    /// </summary>
    public bool OneMachine { get; init; }

    public double CallsPerSecond { get; init; } = 1000;

    public bool Cursor { get; init; }

    /// <summary>True: the snapshot counts as large from its first record on: it is looked into, and folded by small parts.</summary>
    public bool Large { get; init; }

    /// <summary>True: the first run adopts what Pendo holds.</summary>
    public bool Adopts { get; init; }

    public int BatchSize { get; init; } = 4;

    /// <summary>As <see cref="PendoSync.Runs.EngineOptions.GiveUpAfter"/>: after it a batch that Pendo does not take is given up.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromHours(24);

    public bool IsEvents => Object == PendoObject.TrackEvent;

    public string Kind => Object == PendoObject.Account ? "account" : "visitor";

    public override string ToString() =>
        $"{(IsEvents ? Delivery : Object)} {(OneMachine ? "on one machine" : "in Azure")}{(Large ? ", large" : "")}";
}

/// <summary>Warehouse, Pendo, queue, tables and clock of one sync, in memory. Processes live in it and may die.</summary>
internal sealed class World
{
    public const string Sync = "world";
    public const int Chunk = 2;
    private static readonly DateTimeOffset _start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private int _processes;

    public World(WorldSetup setup, int? seed = null, World? from = null)
    {
        Setup = setup;
        Clock = new WorldClock(from?.Clock.GetUtcNow() ?? _start);
        Thread = new WorldThread(Clock, seed is { } value ? new Random(value) : null);
        StoreClock = new MachineClock(Clock);
        Tables = from?.Tables.CopyFor(StoreClock) ?? new MemoryTableStore(StoreClock);
        Marks = from?.Marks.Copy() ?? new MemoryMarks();
        Pendo = new WorldPendo(this);
        Queue = new WorldQueue(this);
        Watch = new Watch(this);
        Project = from?.Project ?? Load(setup);
        if (from is null)
            return;
        Pendo.CopyFrom(from.Pendo);
        Queue.CopyFrom(from.Queue);
        Rows.AddRange(from.Rows);
        Watch.RevsGrow = from.Watch.RevsGrow;
        _processes = from._processes;
    }

    public WorldSetup Setup { get; }

    public WorldClock Clock { get; }

    /// <summary>The clock of tables that are a service. On one machine each process sees the file by its own clock.</summary>
    public MachineClock StoreClock { get; }

    public WorldThread Thread { get; }

    public MemoryTableStore Tables { get; private set; }

    /// <summary>The second place of the state's marks; it outlives a state that is restored.</summary>
    public MemoryMarks Marks { get; }

    public WorldPendo Pendo { get; }

    public WorldQueue Queue { get; }

    public Watch Watch { get; }

    public Project Project { get; }

    public List<WorldRow> Rows { get; } = [];

    public StateStore State => new(Tables);

    /// <summary>Draws what the queue does wrong; null: nothing.</summary>
    public Random? Chaos { get; set; }

    /// <summary>The side effect before which its process dies.</summary>
    public int? StopBefore { get; set; }

    /// <summary>The side effect after which its process dies.</summary>
    public int? StopAfter { get; set; }

    /// <summary>The call that Pendo applies only when its caller is long dead.</summary>
    public int? StopLate { get; set; }

    /// <summary>Side effects so far, with what they were.</summary>
    public List<string> Effects { get; } = [];

    /// <summary>Resolves secrets.</summary>
    public Func<string, string> Secrets { get; set; } = _ => "key";

    /// <summary>Where the engine's log goes.</summary>
    public ILogger? Log { get; set; }

    /// <summary>Called before each side effect with its number.</summary>
    public Action<string, int>? Effect { get; set; }

    /// <summary>Side effects of the run that is stopped.</summary>
    public int RunEffects { get; set; }

    public int Reads { get; set; }

    /// <summary>Called before each row is read, with its number.</summary>
    public Action<int>? WhileRead { get; set; }

    /// <summary>Returns what a table write throws, with nothing written.</summary>
    public Func<WorldProcess, string, string, Exception?>? BeforeWrite { get; set; }

    /// <summary>Returns what a table write throws although it was written.</summary>
    public Func<WorldProcess, string, string, Exception?>? AfterWrite { get; set; }

    /// <summary>Returns what sending to the queue throws.</summary>
    public Func<WorldProcess, Exception?>? BeforeSend { get; set; }

    /// <summary>Changes what processes see of the tables: how a guard is taken away.</summary>
    public Func<ITableStore, ITableStore>? Mutation { get; set; }

    /// <summary>A backup of the state, as it stands now.</summary>
    public MemoryTableStore Backup() => Tables.CopyFor(StoreClock);

    /// <summary>Puts a backup in the place of the state; the queue of a process that is gone goes with it.</summary>
    public void Restore(MemoryTableStore backup) => Tables = backup.CopyFor(StoreClock);

    public int NextEffect(string what)
    {
        Effects.Add(what);
        Effect?.Invoke(what, Effects.Count);
        return Effects.Count;
    }

    /// <summary>How far the clock that counts is ahead: the tables' own, or on one machine that of processes started from now on.</summary>
    public TimeSpan Ahead
    {
        get => StoreClock.Wrong;
        set => StoreClock.Wrong = value;
    }

    public WorldProcess StartProcess()
    {
        var process = new WorldProcess(this, $"p{++_processes}", Mutation);
        process.Clock.Wrong = Setup.OneMachine ? Ahead : TimeSpan.Zero;
        return process;
    }

    public void Run(Func<Task> work) => Thread.Run(work);

    /// <summary>Runs the sync to the end of a run; processes that die are followed by new ones. Returns the last process.</summary>
    public async Task<WorldProcess> RunSyncAsync(RunMode mode = RunMode.Incremental, Action<WorldProcess>? afterDeath = null,
        int workers = 2)
    {
        var process = StartProcess();
        for (var deaths = 0; ; deaths++)
        {
            Assert.True(deaths < 5, "a process died that should not");
            var run = RunInAsync(process, mode, workers);
            await Task.WhenAny(run, process.Died);
            if (!process.Dead)
            {
                await run;
                return process;
            }

            (StopBefore, StopAfter, StopLate) = (null, null, null);
            afterDeath?.Invoke(process);
            process = StartProcess();
        }
    }

    private async Task RunInAsync(WorldProcess process, RunMode mode, int workers)
    {
        var over = false;
        var all = Enumerable.Range(0, workers).Select(_ => process.WorkAsync(() => over)).ToList();
        var planned = false;
        // The timer ticks each minute; whoever is lost is found by it.
        for (var ticks = 0; ; ticks++)
        {
            Assert.True(ticks < 2000, "the run does not end");
            planned = await process.TickAsync(mode) || planned;
            foreach (var broken in all.Where(w => w.IsFaulted))
                await broken;
            for (var passed = 0; passed < 60 && await IsActiveAsync(); passed += 5)
                await Task.Delay(TimeSpan.FromSeconds(passed == 0 ? 1 : 5), Clock);
            if (planned && !await IsActiveAsync())
                break;
        }

        over = true;
        await Task.WhenAll(all);
    }

    private async Task<bool> IsActiveAsync() => (await State.Checkpoints.ReadAsync(Sync, CancellationToken.None)).Active is not null;

    private static Project Load(WorldSetup setup)
    {
        var sync = setup.IsEvents
            ? $$"""
                object: track_event
                behavior: send
                app: web
                key: id
                event: { name: { constant: used }, visitor_id: plan, timestamp: at, properties: { ref: id } }
                delivery: {{(setup.Delivery == DeliveryPolicy.AtMostOnce ? "at_most_once" : "at_least_once")}}
                chunk: {{Chunk}}
                concurrency: 2
                """
            : $$"""
                object: {{setup.Kind}}
                behavior: {{(setup.Create ? "update_or_create" : "update_only")}}
                key: id
                fields: { plan: plan, rev: rev }
                {{(setup.Adopts ? "start: adopt" : "")}}
                """;
        var result = ProjectLoader.Load(new Dictionary<string, string>
        {
            ["pendosync.yaml"] = string.Create(System.Globalization.CultureInfo.InvariantCulture, $$"""
                version: 1
                pendo:
                  test:
                    { api_url: "https://pendo.test", data_url: "https://data.pendo.test", integration_key: "${secret:key}",
                      track_event_secrets: { web: "${secret:track}" }, max_calls_per_second: {{setup.CallsPerSecond}} }
                warehouses:
                  local: { type: sqlite, file: none.db }
                """),
            [$"syncs/{Sync}.yaml"] =
                $"name: {Sync}\nwarehouse: local\npendo: test\nmodel: {{ table: rows{(setup.Cursor ? ", cursor: at, lookback: 1s" : "")} "
                + $"}}\nbatch_size: {setup.BatchSize}\n{sync}\n",
        }, new Dictionary<string, string?>(), WarehouseTypes.All);
        Assert.True(result.Project is not null, string.Join('\n', result.Problems));
        return result.Project;
    }
}
