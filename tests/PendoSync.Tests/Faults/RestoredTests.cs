using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Operations;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>
/// A state that was restored from a backup has forgotten what was sent. It is noticed by its mark: values are sent once more, events stand
/// still until somebody says which of them were sent.
/// </summary>
public sealed class RestoredTests
{
    private static readonly DateTime _yesterday = new(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void A_value_that_went_back_meanwhile_is_set_again(bool oneMachine, bool cursor)
    {
        var world = NewWorld(new WorldSetup { OneMachine = oneMachine, Cursor = cursor });
        // The row goes back on purpose.
        world.Watch.RevsGrow = false;
        world.Run(async () =>
        {
            await RunAsync(world);
            var backup = world.Backup();
            var old = world.Rows[3];
            world.Rows[3] = old with { Rev = 2, At = Now(world) };
            Assert.Equal(1, (await RunAsync(world)).Counts.Planned);
            world.Restore(backup);
            world.Rows[3] = old;

            var run = await RunAsync(world);
            Assert.Equal((RunState.Completed, 12L), (run.State, run.Counts.Accepted));
            Assert.Contains(run.Notices, n => n.Contains("older than what was sent last", StringComparison.Ordinal));
            Assert.Equal(1, Watch.RevOf(world.Pendo.Find("visitor", "r3")!));
            Assert.Equal(0, (await RunAsync(world)).Counts.Planned);
        });
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Events_ask_before_any_is_sent_again(bool oneMachine, bool once)
    {
        var world = EventWorld(oneMachine, once);
        world.Run(async () =>
        {
            await RunAsync(world);
            var backup = world.Backup();
            Add(world, 5);
            await RunAsync(world);
            var lost = world.Clock.GetUtcNow();
            world.Restore(backup);
            world.Clock.Pass(TimeSpan.FromMinutes(1));
            Add(world, 2);

            for (var i = 0; i < 4; i++)
            {
                var stopped = await RunAsync(world);
                Assert.Equal((RunState.Failed, ProblemKind.State, 0L), (stopped.State, stopped.Error!.Kind, stopped.Counts.Planned));
                Assert.Contains("7 events of the model may have been sent already", stopped.Error.Message, StringComparison.Ordinal);
                Assert.Contains("pendosync doubt world --sent-until", stopped.Error.Fix, StringComparison.Ordinal);
                var service = Service(world);
                Assert.Equal(stopped.Error, (await service.PlanAsync(World.Sync, RunMode.Incremental, default)).Error);
                Assert.True((await service.SyncAsync(World.Sync, default)).InDoubt);
            }

            Assert.Equal(17, world.Pendo.Events.Count);
            await Service(world).AnswerDoubtAsync(World.Sync, lost, default);
            var run = await RunAsync(world);
            Assert.Equal((RunState.Completed, 2L), (run.State, run.Counts.Accepted));
            Assert.Contains(run.Notices, n => n.StartsWith("5 events of up to ", StringComparison.Ordinal));
            Assert.False((await Service(world).SyncAsync(World.Sync, default)).InDoubt);
            await AssertOnceAsync(world, 19);
        });
    }

    [Fact]
    public void Events_are_sent_again_when_that_is_the_answer()
    {
        var world = EventWorld(oneMachine: true, once: true);
        world.Run(async () =>
        {
            await RunAsync(world);
            var backup = world.Backup();
            Add(world, 5);
            await RunAsync(world);
            world.Restore(backup);
            Assert.Equal(RunState.Failed, (await RunAsync(world)).State);
            await Service(world).AnswerDoubtAsync(World.Sync, null, default);
            Assert.Equal(5, (await RunAsync(world)).Counts.Accepted);
            Assert.Equal(0, (await RunAsync(world)).Counts.Planned);

            var conflict = await Assert.ThrowsAsync<ProblemException>(() => Service(world).AnswerDoubtAsync(World.Sync, null, default));
            Assert.Equal(ProblemKind.Conflict, conflict.Problem.Kind);
        });
    }

    [Fact]
    public void A_backup_of_the_middle_of_a_run_is_noticed_when_the_run_went_on()
    {
        var world = EventWorld(oneMachine: false, once: true);
        MemoryTableStore? backup = null;
        world.Pendo.Fault = call =>
        {
            if (call.Number == 5)
                backup = world.Backup();
            return null;
        };
        world.Run(async () =>
        {
            await RunAsync(world);
            world.Restore(backup!);
            // What was under way in the backup ends first; then it is seen that more had been done.
            for (var i = 0; i < 3; i++)
                await RunAsync(world);
            Assert.Equal(12, world.Pendo.Events.Select(e => e.Ref).Distinct().Count());
            Assert.Equal(12, world.Pendo.Events.Count);
            Assert.True((await Service(world).SyncAsync(World.Sync, default)).InDoubt);
        });
    }

    [Fact]
    public void A_mark_that_is_missing_or_out_of_reach_is_told_and_hinders_nothing()
    {
        var world = EventWorld(oneMachine: true, once: true);
        world.Run(async () =>
        {
            Assert.Empty((await RunAsync(world)).Notices);
            world.Marks.Clear();
            Add(world, 1);
            var missing = await RunAsync(world);
            Assert.Equal((RunState.Completed, 1L), (missing.State, missing.Counts.Accepted));
            Assert.Contains("cannot be told", Assert.Single(missing.Notices), StringComparison.Ordinal);
            Assert.Empty((await RunAsync(world)).Notices);

            world.Marks.Away = new ProblemException(ProblemKind.State, "the marks are away", null);
            Add(world, 1);
            var away = await RunAsync(world);
            Assert.Equal((RunState.Completed, 1L), (away.State, away.Counts.Accepted));
            Assert.All(away.Notices, n => Assert.Contains("the marks are away", n, StringComparison.Ordinal));
            await AssertOnceAsync(world, 14);
        });
    }

    [Fact]
    public void Two_copies_of_a_state_notice_each_other()
    {
        var world = EventWorld(oneMachine: true, once: true);
        world.Run(async () =>
        {
            await RunAsync(world);
            var (mine, copy) = (world.Tables, world.Backup());
            Add(world, 3);
            await RunAsync(world);
            world.Restore(copy);
            Assert.Equal(RunState.Failed, (await RunAsync(world)).State);
            world.Restore(mine);
            Assert.Equal((RunState.Completed, 0L), ((await RunAsync(world)) is var run ? run.State : default, run.Counts.Planned));
            Assert.Equal(15, world.Pendo.Events.Count);
        });
    }

    [Fact]
    public void Worlds_with_restored_states_keep_their_promises() => Seeds.Live(200, Live);

    // Rows change, runs die, backups are taken and put back at any moment. A person answers that all was sent up to the last run.
    private static void Live(int seed)
    {
        var random = new Random(seed);
        var events = seed % 2 == 0;
        var setup = new WorldSetup
        {
            OneMachine = seed % 3 == 0,
            Cursor = seed % 5 == 0,
            Large = seed % 2 == 0,
            BatchSize = random.Next(1, 5),
        };
        var world = events ? EventWorld(setup.OneMachine, once: seed % 4 == 0) : NewWorld(setup);
        world.Watch.RevsGrow = false;
        world.Run(async () =>
        {
            // Before the first run there is no state to restore.
            await RunAsync(world);
            var (backup, ran) = (world.Backup(), world.Clock.GetUtcNow());
            for (var step = 0; step < 12; step++)
            {
                world.Clock.Pass(TimeSpan.FromMinutes(7));
                switch (random.Next(5))
                {
                    case 0:
                        backup = world.Backup();
                        break;
                    case 1:
                        world.Restore(backup);
                        break;
                    case 2 when events:
                        Add(world, random.Next(1, 4));
                        break;
                    case 2:
                        var at = random.Next(world.Rows.Count);
                        world.Rows[at] = world.Rows[at] with { Rev = random.Next(1, 4), At = Now(world) };
                        break;
                    default:
                        if (await world.State.Checkpoints.ReadAsync(World.Sync, default) is { Active: null }
                            && events && (await Service(world).SyncAsync(World.Sync, default)).InDoubt)
                            await Service(world).AnswerDoubtAsync(World.Sync, ran, default);
                        await RunAsync(world);
                        ran = world.Clock.GetUtcNow();
                        break;
                }
            }

            if (events && (await Service(world).SyncAsync(World.Sync, default)).InDoubt)
                await Service(world).AnswerDoubtAsync(World.Sync, ran, default);
            await Judge.EndAsync(world, repeats: 0);
        });
    }

    private static SyncService Service(World world) => new(world.StartProcess().Engine);

    private static DateTime Now(World world) => world.Clock.GetUtcNow().UtcDateTime;

    private static async Task<RunRecord> RunAsync(World world) => await (await world.RunSyncAsync()).LastRunAsync();

    private static async Task AssertOnceAsync(World world, int events)
    {
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(0, (await RunAsync(world)).Counts.Planned);
            world.Clock.Pass(TimeSpan.FromHours(25));
        }

        Assert.Equal((events, events), (world.Pendo.Events.Count, world.Pendo.Events.Select(e => e.Ref).Distinct().Count()));
    }

    private static World EventWorld(bool oneMachine, bool once) => NewWorld(new WorldSetup
    {
        Object = PendoObject.TrackEvent,
        OneMachine = oneMachine,
        Delivery = once ? DeliveryPolicy.AtMostOnce : DeliveryPolicy.AtLeastOnce,
    });

    private static World NewWorld(WorldSetup setup)
    {
        var world = new World(setup);
        for (var i = 0; i < 12; i++)
            world.Rows.Add(new WorldRow($"r{i}", "a", 1, _yesterday));
        return world;
    }

    private static void Add(World world, int events)
    {
        for (var i = 0; i < events; i++)
            world.Rows.Add(new WorldRow($"r{world.Rows.Count}", "a", 1, Now(world)));
    }
}
