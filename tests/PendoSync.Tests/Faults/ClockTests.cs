using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>
/// A clock that was ahead harms nothing for longer than it was ahead: of a process on one machine, of the tables as a service.
/// </summary>
public sealed class ClockTests
{
    private static readonly TimeSpan _ahead = TimeSpan.FromDays(30);
    private static readonly Schedule _quarter = new() { Every = TimeSpan.FromMinutes(15) };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_run_in_the_future_the_schedule_the_rate_backoff_and_full_reads_go_by_the_right_clock(bool oneMachine)
    {
        var world = NewWorld(oneMachine);
        world.Pendo.Rejected.Add("r3");
        world.Run(async () =>
        {
            await RunAheadAsync(world);
            world.Rows[0] = world.Rows[0] with { Rev = 2 };
            var sync = world.Project.Syncs[0] with { Schedule = _quarter };
            var checkpoint = await world.State.Checkpoints.ReadAsync(World.Sync, CancellationToken.None);
            Assert.InRange(DueRules.NextDue(sync, checkpoint)!.Value, world.Clock.GetUtcNow(), world.Clock.GetUtcNow()
                + _quarter.Every!.Value);

            var begun = world.Clock.GetUtcNow();
            var run = await (await world.RunSyncAsync()).LastRunAsync();
            Assert.Equal((true, 1L), (run.State.IsSuccess(), run.Counts.Accepted));
            Assert.True(world.Clock.GetUtcNow() - begun < TimeSpan.FromMinutes(2), "the shared rate stood still");
            Assert.Contains(run.Notices, n => n.Contains("clock", StringComparison.Ordinal));

            // Said once.
            var second = await (await world.RunSyncAsync()).LastRunAsync();
            Assert.DoesNotContain(second.Notices, n => n.Contains("clock", StringComparison.Ordinal));

            world.Pendo.Rejected.Clear();
            world.Clock.Pass(TimeSpan.FromHours(25));
            run = await (await world.RunSyncAsync()).LastRunAsync();
            Assert.True(run.Full, "a day later the read is not full");
            Assert.Equal(1L, run.Counts.Accepted);
            await Judge.EndAsync(world, 0);
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_planner_and_a_deliverer_that_died_in_the_future_are_followed_at_once(bool oneMachine)
    {
        foreach (var what in new[] { "add SyncRuns", "add SyncReceipts", "call" })
        {
            var world = NewWorld(oneMachine);
            var begun = default(DateTimeOffset);
            world.Effect = (effect, number) => world.StopAfter ??= effect.StartsWith(what, StringComparison.Ordinal) && begun == default
                ? number : null;
            world.Run(async () =>
            {
                await RunAheadAsync(world, afterDeath: () => begun = world.Clock.GetUtcNow());
                Assert.True(begun != default, $"nobody died of {what}");
                Assert.True(world.Clock.GetUtcNow() - begun < TimeSpan.FromMinutes(30), "the dead one's time was waited for");
                await Judge.EndAsync(world, 0);
            });
        }
    }

    [Fact]
    public void A_clock_that_is_behind_only_makes_syncs_due_again()
    {
        var world = NewWorld(oneMachine: true);
        world.Run(async () =>
        {
            await world.RunSyncAsync();
            var process = world.StartProcess();
            process.Clock.Wrong = -TimeSpan.FromDays(400);
            await process.TickAsync();
            var over = false;
            var work = process.WorkAsync(() => over);
            await Task.Delay(TimeSpan.FromMinutes(2), world.Clock);
            over = true;
            await work;
            Assert.Equal(0L, (await process.LastRunAsync()).Counts.Planned);
            await Judge.EndAsync(world, 0);
        });
    }

    [Fact]
    public async Task Parts_of_a_day_to_come_are_of_today_and_are_forgotten_in_time()
    {
        var clock = new ManualClock();
        var table = new CheckpointTable(new MemoryTableStore(clock));
        await table.ChangeAsync("s", c => c with
        {
            Parts = [new BasePart("a", "2026-04-01", 1, 0), new BasePart("b", "2026-02-01", 1,
            0)]
        }, default);

        Assert.Equal(["2026-03-01", "2026-02-01"], (await table.ReadAsync("s", default)).Parts.Select(s => s.Day));
    }

    // The first run is 30 days ahead; whoever follows a death has the right time again.
    private static async Task RunAheadAsync(World world, Action? afterDeath = null)
    {
        world.Ahead = _ahead;
        await world.RunSyncAsync(afterDeath: _ =>
        {
            world.Ahead = TimeSpan.Zero;
            afterDeath?.Invoke();
        });
        world.Ahead = TimeSpan.Zero;
    }

    private static World NewWorld(bool oneMachine)
    {
        var world = new World(new WorldSetup { OneMachine = oneMachine, Cursor = true, CallsPerSecond = 1 });
        for (var i = 0; i < 12; i++)
            world.Rows.Add(new WorldRow($"r{i}", "a", 1, new DateTime(2026, 3, 1, 11, 30, 0, DateTimeKind.Utc)));
        return world;
    }
}
