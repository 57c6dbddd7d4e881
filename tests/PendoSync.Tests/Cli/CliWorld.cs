using System.Globalization;
using System.Runtime.CompilerServices;
using PendoSimulator;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

/// <summary>A project with a visitor sync and an event sync over a SQLite warehouse, and a simulator for it.</summary>
internal sealed class CliWorld : IAsyncDisposable
{
    private readonly ProjectFolder _project;

    private CliWorld(ProjectFolder project) => _project = project;

    public PendoSimulatorHost Pendo => _project.Pendo;

    public string Folder => _project.Path;

    public static async Task<CliWorld> CreateAsync(int visitors = 200, int events = 0, string batchSize = "100")
    {
        var world = new CliWorld(await ProjectFolder.CreateAsync(new SimulatorOptions
        {
            IntegrationKeys = new Dictionary<string, bool> { [ProjectFolder.Key] = true, ["read-only"] = false },
            Fields = [new("visitor", "custom", "plan", "string"), new("visitor", "custom", "seats", "integer")],
        }));
        world.WriteConnections(world.Pendo.BaseAddress);
        world._project.Sync("visitors", $$"""
            model: { table: visitors }
            object: visitor
            behavior: update_or_create
            key: visitor_id
            batch_size: {{batchSize}}
            fields:
              plan: plan
              seats: seats
            """, "sim");
        world.Execute(
            "create table visitors (visitor_id text, plan text, seats integer); create table events (id text, visitor text, at text)");
        world.Execute(
            $"with recursive n(i) as (select 1 union all select i + 1 from n where i < {visitors}) insert into visitors select "
            + "printf('v-%05d', i), 'pro', i from n");
        if (events > 0)
            world.AddEvents(events);
        return world;
    }

    /// <summary>Writes a file of the project.</summary>
    public void Write(string name, string text) => _project.Write(name, text);

    public void WriteConnections(Uri address, string key = "${secret:pendo-key}") => _project.Connect(2000, "sim", address, key);

    /// <summary>Changes a file of the project.</summary>
    public void Edit(string name, string old, string @new)
    {
        var path = Path.Combine(Folder, name);
        var text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(old, @new, StringComparison.Ordinal));
    }

    /// <summary>Runs SQL in the warehouse.</summary>
    public void Execute(string sql) => _project.Warehouse.Execute(sql);

    public Task<CliResult> RunAsync(params string[] arguments) => CliCall.RunAsync([.. arguments, "--project", Folder]);

    public CliProcess Start(params string[] arguments) => CliProcess.Start([.. arguments, "--project", Folder]);

    /// <summary>Waits until the simulator has seen it.</summary>
    public async Task UntilAsync(Func<PendoSimulator.Control.SimulatorState, bool> seen,
        [CallerArgumentExpression(nameof(seen))] string what = "")
    {
        await Until.HoldsAsync(async () => seen(await Pendo.Control.StateAsync()), what);
    }

    public ValueTask DisposeAsync() => _project.DisposeAsync();

    private void AddEvents(int events)
    {
        var now = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        Execute($"with recursive n(i) as (select 1 union all select i + 1 from n where i < {events}) insert into events select "
            + $"printf('e-%05d', i), printf('v-%05d', i), '{now}' from n");
        _project.Sync("events", """
            model: { table: events }
            object: track_event
            behavior: send
            app: web-app
            key: id
            event:
              name: { constant: tested }
              visitor_id: visitor
              timestamp: at
            """, "sim");
    }
}
