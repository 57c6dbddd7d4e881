using System.Globalization;
using PendoSync.State;
using PendoSync.Tests.Operations.Served;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Web.Page;

/// <summary>Projects for tests of the page.</summary>
internal static class PageProject
{
    /// <summary>A key that would be a script.</summary>
    public const string Hostile = "<script>document.title=''owned''</script><img src=x onerror=alert(1)>";

    /// <summary>Two hundred people, a few of them invalid, a sync that fails and one that is paused.</summary>
    public static async Task<ServedProject> CreateAsync(string? key = null)
    {
        var world = await ServedProject.CreateAsync(200, "batch_size: 20\nlimits: { max_invalid_percent: 50 }");
        world.Execute($"insert into people values ('{Hostile}', 'a'), ('{Hostile}', 'b'), ('v1', 'again')");
        world.Sync("broken", "no_such_table");
        world.Sync("nightly", "people", "schedule: \"0 0 3 * * *\"\npaused: true");
        await world.ServeAsync(key);
        if (key is null)
            await world.RunAsync("broken");
        return world;
    }

    /// <summary>Somebody else writes the plan of a person.</summary>
    public static async Task WriteElsewhereAsync(ServedProject world, string id, string plan)
    {
        using var http = new HttpClient { BaseAddress = world.Simulator.BaseAddress };
        http.DefaultRequestHeaders.Add("x-pendo-integration-key", Worlds.ProjectFolder.Key);
        using var content = new StringContent($$$"""[{"visitorId":"{{{id}}}","values":{"plan":"{{{plan}}}"}}]""");
        using var answer = await http.PostAsync("/api/v1/metadata/visitor/custom/value", content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The sync was compared with Pendo now and a few times before.</summary>
    public static Task DriftAsync(ServedProject world) => world.Engine.State.Checkpoints.ChangeAsync("people", now => now with
    {
        Verified = Enumerable.Range(0, 6).Aggregate((Verified?)null, (before, week) =>
            new Verified(now.ReadAt.AddDays((7 * week) - 37), now.LastRun, 199_950, 199_950 - (50 * week), 50 * week, week % 2 == 0)
            {
                ByField = new Dictionary<string, long> { ["plan"] = 40 * week, ["a_field_with_a_long_name_of_many_words"] = 10 * week },
                Missing = week,
            }.After(before)),
    }, default);

    /// <summary>
    /// Three events are sent, some more are there, and the second place is ahead of the state, as after restoring a backup.
    /// </summary>
    public static async Task MakeDoubtfulAsync(ServedProject world, int more)
    {
        var state = world.Engine.State;
        if ((await state.Checkpoints.ReadAsync("events", default)).LastRun is null)
        {
            Insert("events", 3);
            world.Write("syncs/events.yaml", """
                name: events
                warehouse: local
                model: { table: events }
                pendo: test
                object: track_event
                behavior: send
                app: web-app
                key: id
                event: { name: { constant: paid }, visitor_id: visitor, timestamp: at }
                """);
            await Until.HoldsAsync(async () => (int)(await world.Http.GetAsync("/api/syncs/events")).StatusCode == 200);
            Assert.Equal(3, (int)(await world.RunAsync("events"))["accepted"]!);
        }

        Insert("late", more);
        await state.Marks.WriteAsync((await state.Checkpoints.ReadAsync("events", default)).CountOn(), default);

        void Insert(string name, int count)
        {
            var at = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            world.Execute("create table if not exists events(id text, visitor text, at text); "
                + $"with recursive n(i) as (select 1 union all select i + 1 from n where i < {count}) "
                + $"insert into events select '{name}' || i || (select count(*) from events), 'v' || i, '{at}' from n");
        }
    }

    /// <summary>So many syncs that have run so often.</summary>
    public static async Task FillAsync(ServedProject world, int syncs, int runs)
    {
        Directory.CreateDirectory(Path.Combine(world.Folder, ".pendosync"));
        await using var store = new SqliteTableStore(Path.Combine(world.Folder, ".pendosync", "state.db"), TimeProvider.System);
        var state = new StateStore(store);
        var now = DateTimeOffset.UtcNow;
        for (var i = 0; i < syncs; i++)
        {
            var name = $"sync-{i:D3}";
            world.Sync(name, "people", "every: 100d");
            var standing = new Standing { InStep = 1000 - (i % 7), Rejected = i % 7, At = now };
            var all = Enumerable.Range(0, runs).Select(n => new RunRecord
            {
                Sync = name,
                RunId = RunRecord.NewId(name, now.AddHours(-n)),
                State = (i + n) % 40 == 0 ? RunState.Failed : RunState.Completed,
                Counts = new RunCounts { Read = 1000, Unchanged = 990, Planned = 10, Accepted = 10 },
                RequestedAt = now.AddHours(-n),
                StartedAt = now.AddHours(-n),
                EndedAt = now.AddHours(-n).AddMinutes(1),
                Standing = standing,
            }).ToList();
            await store.UpsertManyAsync(Tables.Runs, name, [.. all.Select(r => r.ToRow())], default);
            await state.Checkpoints.ChangeAsync(name, c => c with
            {
                LastRun = all[0].RunId,
                LastStart = now,
                LastSuccess = now,
                Standing = standing,
            }, default);
        }
    }
}
