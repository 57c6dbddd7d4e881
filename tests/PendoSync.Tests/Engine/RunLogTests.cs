using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PendoSimulator.Faults;
using PendoSync.Tests.EndToEnd;

namespace PendoSync.Tests.Engine;

/// <summary>What the log says of a run, in the words of its report.</summary>
public sealed class RunLogTests
{
    [Fact]
    public async Task The_end_of_a_run_is_logged_with_each_outcome_by_its_own_word()
    {
        await using var place = await Installation.StartAsync("visitor:plan:string");
        place.Execute("create table people (id text, plan text); insert into people values ('a', 'x'), ('b', 'x'), ('c', 'x'), "
            + "('d', 'x'), (null, 'x'), ('', 'x'), (' e', 'x')");
        place.Sync("people", """
            model: { table: people }
            object: visitor
            behavior: update_or_create
            key: id
            fields: { plan: plan }
            """);
        await place.Simulator.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Action = FaultAction.RecordError,
            RecordIds = ["b"],
            Error = "frozen",
        });
        var log = new Lines();
        place.Log = log;

        await place.RunAsync("people");
        Assert.Contains(log, line => line.Contains(
            "7 read, 3 invalid, 4 planned, 3 accepted, 1 rejected, 0 not found, 0 unknown, 0 given up, ", StringComparison.Ordinal));
    }

    private sealed class Lines : ConcurrentQueue<string>, ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => Enqueue(formatter(state, exception));
    }
}
