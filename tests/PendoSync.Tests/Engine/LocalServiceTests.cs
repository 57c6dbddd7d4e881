using Microsoft.Extensions.Logging;
using PendoSync.State;
using PendoSync.Tests.EndToEnd;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Engine;

/// <summary><c>serve</c> goes on whatever happened to one run.</summary>
public sealed class LocalServiceTests
{
    [Fact]
    public async Task A_run_that_was_left_while_the_state_was_away_is_taken_up_again()
    {
        await using var place = await Installation.StartAsync("visitor:plan:string");
        place.Execute("create table people(id text, plan text); insert into people values ('a', 'x'), ('b', 'y'), ('c', 'z')");
        place.Sync("people", "schedule: none\nmodel: { table: people }\nobject: visitor\nbehavior: update_or_create\nkey: id\n"
            + "fields: { plan: plan }\n");
        place.QueueClock = new EagerClock();
        var tables = new LocalRunnerTests.WithoutReceipts(new MemoryTableStore()) { Everything = true };
        var log = new ComesBack(tables);

        var checkpoint = await place.ServeAsync(tables, "people", new HurriedClock(), log);
        Assert.Contains("the receipts are away", Assert.Single(log.Lines, l => l.Contains("people failed", StringComparison.Ordinal)));
        Assert.NotNull(checkpoint.LastSuccess);
        Assert.Null(checkpoint.Active);
        var runs = new List<RunRecord>();
        await foreach (var run in new StateStore(tables).Runs.ListAsync("people", null, default))
            runs.Add(run);
        Assert.Equal([RunState.Completed, RunState.Failed], runs.Select(r => r.State));
        Assert.Equal("what ran it failed before it ended; the log says how", runs[1].Error!.Message);
    }

    // The state is there again once the run was left.
    private sealed class ComesBack(LocalRunnerTests.WithoutReceipts tables) : ILogger
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = [];

        public IEnumerable<string> Lines => _lines;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            _lines.Enqueue(formatter(state, exception));
            tables.ComeBack();
        }
    }

    // A minute is a second.
    private sealed class HurriedClock : TimeProvider
    {
        private const int Faster = 60;
        private readonly DateTimeOffset _began = DateTimeOffset.UtcNow;
        private readonly long _first = System.GetTimestamp();

        public override long GetTimestamp() => _first + ((System.GetTimestamp() - _first) * Faster);

        public override DateTimeOffset GetUtcNow() => _began + (System.GetElapsedTime(_first) * Faster);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, Shorter(dueTime), Shorter(period));

        private static TimeSpan Shorter(TimeSpan time) => time <= TimeSpan.Zero ? time : time / Faster;
    }
}
