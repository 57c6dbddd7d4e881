using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Faults;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Runs;

/// <summary>A lease is renewed while its planner lives, and lost when the run is not its own any more or the store stays away.</summary>
public sealed class LeaseTests
{
    private static readonly DateTimeOffset _start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly WorldClock _clock = new(_start);
    private readonly FailingTables _tables;
    private readonly StateStore _state;

    public LeaseTests()
    {
        _tables = new FailingTables(new MemoryTableStore(_clock));
        _state = new StateStore(_tables);
    }

    [Fact]
    public void It_is_never_older_than_its_renewal_while_its_planner_lives_and_ages_when_it_is_gone() => Run(async lease =>
    {
        await Task.Delay(TimeSpan.FromMinutes(10), _clock);
        Assert.InRange((await ReadAsync()).Age, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        var lost = lease.Lost;
        await lease.DisposeAsync();
        Assert.False(lost.IsCancellationRequested);
        await Task.Delay(TimeSpan.FromMinutes(10), _clock);
        Assert.True((await ReadAsync()).Age > TimeSpan.FromMinutes(9));
    });

    [Theory]
    [InlineData("cancelled")]
    [InlineData("taken over")]
    [InlineData("next attempt")]
    [InlineData("closed")]
    public void It_is_lost_within_one_renewal_when_the_attempt_is_another_ones(string what) => Run(async lease =>
    {
        await _state.Checkpoints.ChangeAsync("s", now => what switch
        {
            "cancelled" => now with { Active = null },
            "taken over" => now with { Active = now.Active! with { Owner = "other" } },
            "next attempt" => now with { Active = now.Active! with { Attempt = 2 } },
            _ => now with { Active = now.Active! with { State = ActiveState.Delivering } },
        }, default);
        await Task.Delay(TimeSpan.FromSeconds(31), _clock);
        Assert.True(lease.Lost.IsCancellationRequested);
        // It renewed nobody else's.
        Assert.Equal(TimeSpan.FromSeconds(31), (await ReadAsync()).Age);
        await lease.DisposeAsync();
    });

    [Fact]
    public void It_follows_its_planner_to_the_next_attempt() => Run(async lease =>
    {
        await _state.Checkpoints.ChangeAsync("s", now => now with { Active = now.Active! with { Attempt = 2 } }, default);
        lease.MoveTo(2);
        await Task.Delay(TimeSpan.FromMinutes(2), _clock);
        Assert.False(lease.Lost.IsCancellationRequested);
        await lease.DisposeAsync();
    });

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void A_store_that_is_away_for_two_renewals_loses_no_lease_and_for_three_it_does(int renewals, bool lost) => Run(async lease =>
    {
        _tables.Failures = renewals;
        await Task.Delay(TimeSpan.FromSeconds(130), _clock);
        Assert.Equal(lost, lease.Lost.IsCancellationRequested);
        await lease.DisposeAsync();
    });

    private Task<Checkpoint> ReadAsync() => _state.Checkpoints.ReadAsync("s", default);

    private void Run(Func<Lease, Task> story) => new WorldThread(_clock, null).Run(async () =>
    {
        await _state.Checkpoints.ChangeAsync("s", now =>
            now with { Active = new ActiveRun { RunId = "s-1", State = ActiveState.Planning, Owner = "me" } }, default);
        await story(new Lease(_state, new EngineOptions { Clock = _clock, Owner = "me" }, "s", "s-1", 1));
    });

    private sealed class FailingTables(ITableStore inner) : PassingTables(inner)
    {
        public int Failures { get; set; }

        public override Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) =>
            Failures-- > 0 ? throw new ProblemException(ProblemKind.Transient, "the tables are away", "state", "Try again.")
                : base.ReplaceAsync(table, row, version, ct);
    }
}
