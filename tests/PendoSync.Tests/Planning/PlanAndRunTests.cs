using FsCheck;
using FsCheck.Fluent;
using PendoSync.Reports;
using PendoSync.State;
using PendoSync.Tests.EndToEnd;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Planning;

/// <summary>What `plan` says is what `run` does: every count and the verdict, in drawn worlds against the real simulator.</summary>
public sealed class PlanAndRunTests
{
    [Fact]
    public async Task Invalid_rows_at_the_beginning_are_judged_over_the_whole_read()
    {
        await using var world = await Installation.StartAsync("visitor:seats:number");
        world.Execute("create table rows(id text, seats text)");
        world.Execute(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300) insert into rows select null, '1' from n");
        world.Execute(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000) insert into rows select 'v' || i, i from n");
        world.Sync("rows", Visitors + "\n");
        var (plan, run) = await BothAsync(world, "rows");
        Assert.Equal((10_000L, 300L), (plan.Planned, plan.Invalid));
        Assert.Equal((RunState.CompletedWithErrors, 10_000L, 300L), (run.State, run.Counts.Accepted, run.Counts.Invalid));
    }

    [Fact]
    public async Task A_read_over_the_limit_sends_what_is_valid_and_leaves_the_cursor_where_it_was()
    {
        await using var world = await Installation.StartAsync("visitor:seats:number");
        world.Execute("create table rows(id text, seats text, at timestamp)");
        world.Execute(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200) insert into rows select 'v' || i, i, "
            + "'2026-01-01 10:00:00' from n");
        world.Sync("rows", Visitors.Replace("table: rows", "table: rows, cursor: at", StringComparison.Ordinal) + "\n");
        Assert.Equal(RunState.Completed, (await world.RunAsync("rows")).State);
        var before = await world.CheckpointAsync("rows");

        world.Execute(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100) insert into rows select 'w' || i, i, "
            + "'2026-01-02 10:00:00' from n");
        world.Execute("update rows set seats = 'many', at = '2026-01-02 10:00:00' where rowid % 4 = 0");
        var (plan, run) = await BothAsync(world, "rows");
        Assert.Equal((RunState.Stopped, ProblemKind.Limit), (run.State, run.Error!.Kind));
        Assert.Equal(plan.Error, run.Error);
        Assert.Equal(75, run.Counts.Accepted);
        var after = await world.CheckpointAsync("rows");
        Assert.Equal((before.Cursor, before.LastFull, before.LastSuccess, false),
            (after.Cursor, after.LastFull, after.LastSuccess, after.GoesOn));

        world.Execute("update rows set seats = '7' where seats = 'many'");
        Assert.Equal(RunState.Completed, (await world.RunAsync("rows")).State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Plan_and_run_agree_in_drawn_worlds(bool events)
    {
        await using var world = await Installation.StartAsync("visitor:seats:number");
        for (var number = 0; number < Full.Count(120); number++)
        {
            // A sample of one world at a time, so that a failing one is told by its rows.
            var rounds = Rounds.Sample(1, 3).First();
            var (name, cursor) = ($"r{number}", number % 3 == 0);
            world.Execute($"create table {name}(id text, seats text, at timestamp)");
            world.Sync(name, (events ? Events : Visitors)
                .Replace("table: rows", $"table: {name}" + (cursor ? ", cursor: at" : ""), StringComparison.Ordinal)
                + $"\nlimits: {{ min_records: {number % 2 * 20}, "
                    + $"max_invalid_percent: {10 + (number % 5 * 20)}{(events || number % 4 > 0 ? "" : ", max_changed_percent: 40")} }}");
            foreach (var (rows, round) in rounds.Select((r, i) => (r, i)))
            {
                world.Clock.Ahead += TimeSpan.FromMinutes(40);
                foreach (var row in rows)
                    world.Execute(row.ToSql(name, events, world.Clock.GetUtcNow()));
                var (plan, run) = await BothAsync(world, name);
                var story = $"world {number}, round {round}: {string.Join(", ", rows)}\n"
                    + $"plan {plan}\nrun {run.State} {run.Counts} {run.Error}";
                Assert.True(plan.Error == run.Error, story);
                if (plan.Error?.Message.Contains("would change", StringComparison.Ordinal) != true)
                {
                    Assert.True((plan.Read, plan.Invalid, plan.Unchanged, plan.Waiting, plan.Planned, plan.Full)
                        == (run.Counts.Read, run.Counts.Invalid, run.Counts.Unchanged, run.Counts.Waiting, run.Counts.Planned, run.Full),
                            story);
                    Assert.True(plan.Notices.SequenceEqual(run.Notices, StringComparer.Ordinal), story
                        + $"\n{string.Join('|', plan.Notices)}\n{string.Join('|', run.Notices)}");
                }
            }
        }
    }

    private const string Visitors = """
        model: { table: rows }
        object: visitor
        behavior: update_or_create
        key: id
        fields: { seats: { column: seats, shared: true } }
        """;

    private const string Events = """
        model: { table: rows }
        object: track_event
        behavior: send
        app: web-app
        key: id
        event: { name: { constant: used }, visitor_id: seats, timestamp: at }
        """;

    // One to four rounds of up to forty changes each.
    private static Gen<Change[][]> Rounds =>
        (from key in Gen.Choose(0, 30)
         from what in Gen.Frequency((6, Gen.Constant(RowKind.Good)), (1, Gen.Constant(RowKind.NoKey)),
             (2, Gen.Constant(RowKind.NotANumber)),
             (1, Gen.Constant(RowKind.Repeated)), (1, Gen.Constant(RowKind.Gone)), (1, Gen.Constant(RowKind.Old)))
         from seats in Gen.Choose(1, 4)
         select new Change(key, what, seats)).ArrayOf().Resize(40).ArrayOf().Resize(4);

    private static async Task<(SyncPlan Plan, RunRecord Run)> BothAsync(Installation world, string sync)
    {
        var plan = await world.PlanAsync(sync);
        return (plan, await world.RunAsync(sync));
    }

    private enum RowKind
    {
        Good,
        NoKey,
        NotANumber,
        Repeated,
        Gone,
        Old,
    }

    private sealed record Change(int Key, RowKind Kind, int Seats)
    {
        public string ToSql(string table, bool events, DateTimeOffset now)
        {
            var at = (Kind == RowKind.Old ? now.AddDays(-9) : now.AddMinutes(-Seats))
                .ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
            var delete = $"delete from {table} where id = 'k{Key}';";
            return Kind switch
            {
                RowKind.NoKey => $"insert into {table} values (null, '{Seats}', '{at}')",
                RowKind.NotANumber => $"{delete}insert into {table} values ('k{Key}', {(events ? "null" : "'many'")}, '{at}')",
                RowKind.Repeated => $"insert into {table} values ('k{Key}', '{Seats}', '{at}')",
                RowKind.Gone => delete,
                _ => $"{delete}insert into {table} values ('k{Key}', '{Seats}', '{at}')",
            };
        }
    }
}
