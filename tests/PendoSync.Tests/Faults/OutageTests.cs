using PendoSync.Definitions;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>
/// Something of our own is away for some minutes in the middle of a run: no record is given up for it, and the run is completed afterwards.
/// </summary>
public sealed class OutageTests
{
    private const int Rows = 400;

    [Theory]
    [InlineData(PendoObject.Visitor, 3)]
    [InlineData(PendoObject.Visitor, 30)]
    [InlineData(PendoObject.TrackEvent, 3)]
    [InlineData(PendoObject.TrackEvent, 30)]
    public void State_that_is_away_gives_nothing_up(PendoObject target, int minutes) =>
        Live(target, minutes, (world, isAway) => world.Mutation = tables => new AwayTables(tables, isAway));

    [Theory]
    [InlineData(PendoObject.Visitor, 3)]
    [InlineData(PendoObject.Visitor, 30)]
    [InlineData(PendoObject.TrackEvent, 30)]
    public void Secrets_that_cannot_be_read_give_nothing_up(PendoObject target, int minutes) =>
        Live(target, minutes, (world, isAway) => world.Secrets = _ => isAway() ? throw Away("the vault") : "key");

    [Theory]
    [InlineData(PendoObject.Visitor, 3)]
    [InlineData(PendoObject.TrackEvent, 3)]
    public void A_queue_that_takes_nothing_gives_nothing_up(PendoObject target, int minutes) =>
        Live(target, minutes, (world, isAway) => world.BeforeSend = _ => isAway() ? Away("the queue") : null);

    private static void Live(PendoObject target, int minutes, Action<World, Func<bool>> fault)
    {
        var world = new World(new WorldSetup { Object = target, BatchSize = 20 });
        for (var i = 0; i < Rows; i++)
            world.Rows.Add(new WorldRow($"r{i}", "a", 1, new DateTime(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc)));
        DateTimeOffset? began = null;
        fault(world, () => began is { } start && world.Clock.GetUtcNow() - start < TimeSpan.FromMinutes(minutes));
        // It begins while batches are delivered.
        world.Pendo.Fault = call =>
        {
            if (call.Number == 5)
                began = world.Clock.GetUtcNow();
            return null;
        };

        world.Run(async () =>
        {
            await world.RunSyncAsync();
            Assert.NotNull(began);
            var counts = new List<RunRecord>();
            await foreach (var run in world.State.Runs.ListAsync(World.Sync, null, CancellationToken.None))
                counts.Add(run);
            Assert.All(counts, run => Assert.True(run.Counts.GivenUp == 0, run.ToString()));
            // Whatever the last run had to leave is sent by the next one, with nothing left after it.
            await Judge.EndAsync(world, repeats: World.Chunk * 4);
        });
    }

    private static ProblemException Away(string what) => new(ProblemKind.Transient, $"{what} cannot be reached", what, "Try again.");

    private sealed class AwayTables(ITableStore inner, Func<bool> isAway) : PassingTables(inner)
    {
        public override Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct) =>
            isAway() ? Task.FromException<TableAnswer<TableRow?>>(Away(table)) : base.GetAsync(table, partition, row, ct);

        public override Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct) =>
            isAway() ? Task.FromException<TableWrite>(Away(table)) : base.AddAsync(table, row, ct);

        public override Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) =>
            isAway() ? Task.FromException<TableWrite>(Away(table)) : base.ReplaceAsync(table, row, version, ct);

        public override Task<TableWrite> UpsertAsync(string table, TableRow row, CancellationToken ct) =>
            isAway() ? Task.FromException<TableWrite>(Away(table)) : base.UpsertAsync(table, row, ct);

        public override IAsyncEnumerable<TableRow> QueryAsync(string table, string partition, RowRange range,
            IReadOnlyList<string>? columns, CancellationToken ct) =>
            isAway() ? throw Away(table) : base.QueryAsync(table, partition, range, columns, ct);
    }
}
