using PendoSync.Definitions;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>State and queue fail now and then, before or after they did what was asked.</summary>
public sealed class StateFaultTests
{
    private static readonly WorldSetup[] _setups =
    [
        .. new[] { true, false }.SelectMany(oneMachine => new[]
        {
            new WorldSetup { OneMachine = oneMachine, Object = PendoObject.Visitor },
            new WorldSetup { OneMachine = oneMachine, Object = PendoObject.TrackEvent, Delivery = DeliveryPolicy.AtLeastOnce },
            new WorldSetup { OneMachine = oneMachine, Object = PendoObject.TrackEvent, Delivery = DeliveryPolicy.AtMostOnce },
        }),
    ];

    [Fact]
    public void Tables_that_answer_503_lose_nothing() => Live((world, random) =>
        world.BeforeWrite = (_, _, _) => random.Next(12) == 0 ? Away("the tables answer 503") : null);

    [Fact]
    public void Writes_that_time_out_after_they_happened_lose_nothing() => Live((world, random) =>
        world.AfterWrite = (_, _, _) => random.Next(12) == 0 ? Away("the tables did not answer in time") : null);

    [Fact]
    public void Writes_that_are_repeated_after_a_lost_answer_lose_nothing() => Live((world, random) =>
        world.Mutation = tables => new RepeatedWrites(tables, random));

    [Fact]
    public void A_queue_that_fails_half_way_loses_nothing() => Live((world, random) =>
        world.BeforeSend = _ => random.Next(4) == 0 ? Away("the queue did not take it") : null);

    private static void Live(Action<World, Random> fault)
    {
        for (var seed = 0; seed < Full.Count(200); seed++)
        {
            var random = new Random(seed);
            var world = new World(_setups[seed % _setups.Length] with { Large = seed / _setups.Length % 2 == 0 });
            for (var i = 0; i < 12; i++)
                world.Rows.Add(new WorldRow($"r{i}", "a", 1, new DateTime(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc)));
            fault(world, random);
            try
            {
                world.Run(async () =>
                {
                    for (var i = 0; i < 3; i++)
                    {
                        await world.RunSyncAsync();
                        for (var row = 0; row < 5; row++)
                            world.Rows[row] = world.Setup.IsEvents ? world.Rows[row]
                                : world.Rows[row] with { Rev = world.Rows[row].Rev + 1 };
                    }

                    (world.BeforeWrite, world.AfterWrite, world.BeforeSend) = (null, null, null);
                    // Given up after five tries: due again by then.
                    world.Clock.Pass(TimeSpan.FromHours(20));
                    await Judge.EndAsync(world, repeats: 36);
                });
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}, {world.Setup}: {e.Message}\n{e.StackTrace}");
            }
        }
    }

    private static ProblemException Away(string message) => new(ProblemKind.Transient, message, "state", "Try again.");

    /// <summary>What a client library does after a lost answer: it writes once more, and meets its own entity.</summary>
    private sealed class RepeatedWrites(ITableStore inner, Random random) : PassingTables(inner)
    {
        public override async Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct)
        {
            var first = await base.AddAsync(table, row, ct);
            return random.Next(5) == 0 ? await base.AddAsync(table, row, ct) : first;
        }

        public override async Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct)
        {
            var first = await base.ReplaceAsync(table, row, version, ct);
            return random.Next(5) == 0 ? await base.ReplaceAsync(table, row, version, ct) : first;
        }
    }
}
