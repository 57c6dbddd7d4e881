using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Operations;
using PendoSync.State;
using PendoSync.Tests.Worlds;
using Xunit.Abstractions;

namespace PendoSync.Tests.Faults;

/// <summary>
/// A value never goes back: calls that outlive their process or their answer put an older value into Pendo when the newer one is there.
/// Nobody waits for them; what they may have touched is sent once more when they can no longer come.
/// </summary>
public sealed class DoubtTests(ITestOutputHelper output)
{
    private static readonly DateTime _yesterday = new(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc);

    public static TheoryData<bool, bool> Places => new() { { true, false }, { true, true }, { false, false }, { false, true } };

    [Theory]
    [MemberData(nameof(Places))]
    public void A_call_that_outlives_its_process_is_overtaken_at_once_and_made_good_later(bool oneMachine, bool cursor)
    {
        var world = NewWorld(oneMachine, cursor);
        FirstCallIsLate(world);
        world.Run(async () =>
        {
            var died = default(DateTimeOffset);
            await world.RunSyncAsync(workers: 1, afterDeath: dead =>
            {
                died = world.Clock.GetUtcNow();
                Change(world, rev: 2);
                End(world, oneMachine);
            });
            Assert.Equal(2, HeldRev(world));
            Assert.True(world.Clock.GetUtcNow() - died < TimeSpan.FromMinutes(1), $"the next run took {world.Clock.GetUtcNow() - died}");
            Assert.Equal(0, await PlannedAsync(world));

            await Task.Delay(TimeSpan.FromMinutes(5), world.Clock);
            Assert.Equal(1, HeldRev(world));
            await Task.Delay(TimeSpan.FromMinutes(1), world.Clock);
            Assert.Equal(4, await PlannedAsync(world));
            Assert.Equal(2, HeldRev(world));
            Assert.Equal(0, await PlannedAsync(world));
            await Judge.EndAsync(world, 0);
        });
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_call_that_was_answered_504_and_comes_after_its_retry_and_a_newer_value_is_made_good(bool oneMachine, bool cursor)
    {
        var world = NewWorld(oneMachine, cursor);
        world.Run(async () =>
        {
            await world.RunSyncAsync();
            ChangeNow(world, rev: 2);
            var failed = false;
            world.Pendo.Fault = _ =>
            {
                var first = !failed;
                failed = true;
                return first ? new PendoFault(504) { Late = TimeSpan.FromMinutes(2) } : null;
            };
            Assert.Equal(4, await PlannedAsync(world));
            ChangeNow(world, rev: 3);
            Assert.Equal(4, await PlannedAsync(world));
            Assert.Equal(3, HeldRev(world));

            await Task.Delay(TimeSpan.FromMinutes(3), world.Clock);
            // A younger row moves the cursor past the others.
            world.Rows[11] = world.Rows[11] with { Rev = 2, At = world.Clock.GetUtcNow().UtcDateTime };
            Assert.Equal((2, 1), (HeldRev(world), await PlannedAsync(world)));
            await Task.Delay(TimeSpan.FromMinutes(3), world.Clock);
            Assert.Equal((4, 3), (await PlannedAsync(world), HeldRev(world)));
            Assert.Equal(0, await PlannedAsync(world));
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reset_or_a_new_base_in_between_forgets_no_doubt(bool reset)
    {
        var world = NewWorld(oneMachine: true, cursor: false);
        FirstCallIsLate(world);
        world.Run(async () =>
        {
            await world.RunSyncAsync(workers: 1, afterDeath: _ => Change(world, rev: 2));
            if (reset)
                await new Resetter(world.StartProcess().Engine).ResetAsync(World.Sync, forgetEvents: false, CancellationToken.None);
            else
                world.Rows.RemoveAt(9);
            Assert.Equal(reset ? 12 : 0, await PlannedAsync(world));
            var checkpoint = await world.State.Checkpoints.ReadAsync(World.Sync, CancellationToken.None);
            if (!reset)
                Assert.Empty(checkpoint.Ended);

            await Task.Delay(TimeSpan.FromMinutes(6), world.Clock);
            Assert.Equal(1, HeldRev(world));
            Assert.Equal((4, 2), (await PlannedAsync(world), HeldRev(world)));
            await Judge.EndAsync(world, 0);
        });
    }

    [Fact]
    public void A_row_that_changes_when_its_doubt_is_over_is_sent_once()
    {
        var world = NewWorld(oneMachine: true, cursor: true);
        FirstCallIsLate(world);
        world.Run(async () =>
        {
            await world.RunSyncAsync(workers: 1, afterDeath: _ => Change(world, rev: 2));
            await Task.Delay(TimeSpan.FromMinutes(6), world.Clock);
            Change(world, rev: 3);
            Assert.Equal((4, 3), (await PlannedAsync(world), HeldRev(world)));
            Assert.Equal(0, await PlannedAsync(world));
        });
    }

    [Fact]
    public void A_sync_with_a_schedule_is_due_once_when_a_doubt_is_over()
    {
        var world = NewWorld(oneMachine: true, cursor: false);
        var now = world.Clock.GetUtcNow();
        var checkpoint = new Checkpoint
        {
            Sync = "s",
            Seeds = default,
            ReadAt = now,
            LastStart = now.AddMinutes(-10),
            Doubts = [new Doubt(now.AddSeconds(-1), null)]
        };
        var daily = world.Project.Syncs[0] with { Schedule = new Schedule { Every = TimeSpan.FromDays(1) } };

        Assert.Equal("timer", DueRules.TriggerOf(daily, checkpoint, _ => null));
        Assert.Null(DueRules.TriggerOf(daily, checkpoint with { LastStart = now }, _ => null));
        Assert.Null(DueRules.TriggerOf(daily, checkpoint with { Doubts = [new Doubt(now.AddSeconds(1), null)] }, _ => null));
        Assert.Null(DueRules.TriggerOf(daily with { Schedule = null }, checkpoint, _ => null));
    }

    // Each death is a SIGKILL with a call in flight. A message stays with a dead receiver of the queue for the lock's time, here ten
    // minutes.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Three_kills_of_a_run_of_6000_cost_no_dead_owners_time(bool oneMachine)
    {
        var world = new World(new WorldSetup { OneMachine = oneMachine, BatchSize = 100, CallsPerSecond = 20 });
        for (var i = 0; i < 6000; i++)
            world.Rows.Add(new WorldRow($"r{i}", "a", 1, _yesterday));
        var kills = 0;
        world.Effect = (what, number) =>
        {
            if (what.StartsWith("call", StringComparison.Ordinal) && kills < 3 && world.Pendo.Calls.Count == 5 + (10 * kills))
                (world.StopLate, kills) = (number, kills + 1);
        };
        world.Run(async () =>
        {
            var begun = world.Clock.GetUtcNow();
            await world.RunSyncAsync();
            for (var runs = 0; runs < 5 && (await world.State.Checkpoints.ReadAsync(World.Sync, CancellationToken.None))
                .LastSuccess is null; runs++)
                await world.RunSyncAsync();
            var took = world.Clock.GetUtcNow() - begun;
            output.WriteLine($"{world.Setup}: {took.TotalSeconds:0} s, {world.Pendo.Calls.Count} calls, {kills} kills");
            Assert.Equal(3, kills);
            if (oneMachine)
                Assert.True(took < TimeSpan.FromSeconds(60), $"it took {took}");
            await Judge.EndAsync(world, 0);
        });
    }

    private static void FirstCallIsLate(World world) => world.Effect = (what, number) =>
    {
        if (what.StartsWith("call", StringComparison.Ordinal) && world.Pendo.Calls.Count == 0)
            world.StopLate = number;
    };

    // What a user does who does not wait for the next tick.
    private static void End(World world, bool oneMachine)
    {
        if (!oneMachine)
            world.State.Checkpoints.ChangeAsync(World.Sync, now => now.Stop(now.Active!.RunId, null, RunState.Cancelled),
                CancellationToken.None).GetAwaiter().GetResult();
    }

    private static void Change(World world, long rev)
    {
        for (var i = 0; i < 4; i++)
            world.Rows[i] = world.Rows[i] with { Rev = rev, At = _yesterday.AddMinutes(rev) };
    }

    // As a cursor meets it.
    private static void ChangeNow(World world, long rev)
    {
        for (var i = 0; i < 4; i++)
            world.Rows[i] = world.Rows[i] with { Rev = rev, At = world.Clock.GetUtcNow().UtcDateTime };
    }

    private static long HeldRev(World world) => Assert.Single(Enumerable.Range(0, 4)
        .Select(i => Watch.RevOf(world.Pendo.Find(world.Setup.Kind, $"r{i}")!)).Distinct());

    private static async Task<long> PlannedAsync(World world) => (await (await world.RunSyncAsync()).LastRunAsync()).Counts.Planned;

    // The last row is young, so that a read from the cursor meets no other one.
    private static World NewWorld(bool oneMachine, bool cursor)
    {
        var world = new World(new WorldSetup { OneMachine = oneMachine, Cursor = cursor });
        for (var i = 0; i < 12; i++)
            world.Rows.Add(new WorldRow($"r{i}", "a", 1, i == 11 ? new DateTime(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc) : _yesterday));
        return world;
    }
}
