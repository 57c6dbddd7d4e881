using PendoSync.Tests.Cli;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>A project in a folder, the real simulator, and the real command line that is killed while it runs.</summary>
internal sealed class KilledProject : IAsyncDisposable
{
    private const string Sync = "killed";

    // What a shell says of a process that a signal ended: 128 + 9.
    private const int Sigkill = 137;

    private readonly ProjectFolder _project;

    private KilledProject(ProjectFolder project) => _project = project;

    /// <summary>What is synced.</summary>
    public SqliteFile Warehouse => _project.Warehouse;

    /// <summary>300 rows of the table rows(id, plan, at), and a sync of it.</summary>
    public static async Task<KilledProject> StartAsync(string sync)
    {
        var place = new KilledProject(await ProjectFolder.CreateAsync("visitor:plan:string", "account:plan:string"));
        place._project.Connect(callsPerSecond: 300);
        place._project.Sync(Sync, $"model: {{ table: rows }}\n{sync}");
        place.Warehouse.Execute("create table rows(id text, plan text, at text)");
        place.Warehouse.Execute(
            $"with recursive n(i) as (select 1 union all select i + 1 from n where i < 300) insert into rows select 'r' || i, 'visitor', "
            + $"'{DateTimeOffset.UtcNow.AddDays(-1):yyyy-MM-ddTHH:mm:ssZ}' from n");
        return place;
    }

    /// <summary>Starts runs until <paramref name="wanted"/> of them were killed, and changes the warehouse before each.</summary>
    public async Task<KillCount> KillAsync(int wanted, int seed, Action<int> change)
    {
        var random = new Random(seed);
        var (kills, runs) = (0, 0);
        for (; kills < wanted; runs++)
        {
            Assert.True(runs < (2 * wanted) + 10, $"only {kills} of {runs} runs were killed before their end");
            change(runs);
            kills += await RunAndKillAsync(random) ? 1 : 0;
        }

        return new KillCount(kills, runs);
    }

    /// <summary>A run that nobody disturbs.</summary>
    public async Task CompleteAsync()
    {
        var run = await CliCall.RunAsync(["run", Sync, "--project", _project.Path]);
        Assert.True(run.Code == 0, $"{run.Code}: {run.Error}");
    }

    /// <summary>What Pendo holds in the field plan.</summary>
    public async Task<Dictionary<string, string>> HeldAsync(string kind)
    {
        var held = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var record in _project.Pendo.Control.RecordsAsync(kind))
            held[record.GetProperty("id").GetString()!] = record.GetProperty("custom").GetProperty("plan").GetString()!;
        return held;
    }

    /// <summary>Ids of the events that Pendo took, each as often as it was taken.</summary>
    public async Task<List<string>> ReceivedAsync()
    {
        var received = new List<string>();
        await foreach (var one in _project.Pendo.Control.EventsAsync())
            received.Add(one.Properties!.Value.GetProperty("ref").GetString()!);
        return received;
    }

    /// <summary>Keys that `pendosync problems` lists as unknown.</summary>
    public async Task<HashSet<string>> UnknownAsync()
    {
        var unknown = new HashSet<string>(StringComparer.Ordinal);
        string? after = null;
        do
        {
            var list = await CliCall.RunAsync(["problems", Sync, "--json", "--limit", "1000", "--project", _project.Path,
                .. after is null ? Array.Empty<string>() : ["--after", after]]);
            foreach (var item in list.Json.GetProperty("items").EnumerateArray()
                .Where(i => i.GetProperty("outcome").GetString() == "unknown"))
                unknown.Add(item.GetProperty("key").GetString()!);
            after = list.Json.GetProperty("next").GetString();
        }
        while (after is not null);

        return unknown;
    }

    public ValueTask DisposeAsync() => _project.DisposeAsync();

    // Three of four moments are counted from the run's first call, when there is most to lose; the others from the start of the process.
    // False: it was over before.
    private async Task<bool> RunAndKillAsync(Random random)
    {
        using var run = CliProcess.Start(["run", Sync, "--project", _project.Path]);
        var ended = run.EndAsync();
        if (random.Next(4) > 0)
        {
            var before = await CallsAsync();
            await Until.HoldsAsync(async () => ended.IsCompleted || await CallsAsync() > before);
            await Task.WhenAny(ended, Task.Delay(random.Next(0, 400)));
        }
        else
        {
            await Task.WhenAny(ended, Task.Delay(random.Next(0, 1500)));
        }

        if (ended.IsCompleted)
            return false;
        await run.SignalAsync("KILL");
        return (await ended).Code == Sigkill;
    }

    private async Task<long> CallsAsync() => (await _project.Pendo.Control.StateAsync()).Calls.Total;
}

/// <summary>How often a run was killed, and of how many.</summary>
internal sealed record KillCount(int Count, int Runs)
{
    public override string ToString() => $"{Count} kills of {Runs} runs";
}
