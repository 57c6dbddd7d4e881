using System.Globalization;
using PendoSync.Batches;
using PendoSync.State;

namespace PendoSync.Tests.EndToEnd;

/// <summary>Events from an instant on.</summary>
public sealed class EventStartTests
{
    [Fact]
    public async Task Nothing_before_the_instant_is_ever_sent_and_everything_from_it_on_is_sent_once()
    {
        await using var world = await Installation.StartAsync();
        world.Execute("create table events (id text, visitor text, at text)");
        var start = DateTimeOffset.UtcNow.AddDays(-2);
        // One that Pendo would not take is no mistake of the model either.
        Add(world, "ancient", start.AddDays(-300));
        Add(world, "before", start.AddSeconds(-1));
        Add(world, "from", start);
        Add(world, "after", start.AddSeconds(1));
        Define(world, start);
        var first = await world.RunAsync("events");
        Assert.Equal((RunState.Completed, 4, 2, 2, 0), (first.State, first.Counts.Read, first.Counts.Unchanged, first.Counts.Accepted,
            first.Counts.Invalid));
        Assert.Contains(first.Notices, n => n.StartsWith("2 events happened before", StringComparison.Ordinal));
        // A late row of before, a full read, a new process: all the same.
        Add(world, "late", start.AddHours(-1));
        Add(world, "new", start.AddHours(1));
        Assert.Equal(1, (await world.RunAsync("events")).Counts.Accepted);
        Assert.Equal(0, (await world.RunAsync("events", RunMode.Full)).Counts.Accepted);
        Assert.Equal(["after", "from", "new"], await SentAsync(world));
        // An earlier instant sends what was left out, once.
        Define(world, start.AddSeconds(-1));
        Assert.Equal(1, (await world.RunAsync("events")).Counts.Accepted);
        Assert.Equal(["after", "before", "from", "new"], await SentAsync(world));
        Assert.Contains("before the instant", (await world.ExplainAsync("events", "late")).Because, StringComparison.Ordinal);
    }

    private static void Define(Installation world, DateTimeOffset start) => world.Sync("events", $$"""
        model: events
        object: track_event
        behavior: send
        app: web-app
        key: id
        start: {{start.ToString("o", CultureInfo.InvariantCulture)}}
        event:
          name: { constant: tested }
          visitor_id: visitor
          timestamp: at
          properties: { id: id }
        """);

    private static void Add(Installation world, string id, DateTimeOffset at) => world.Execute(
        $"insert into events values ('{id}', 'v', '{at.ToString("o", CultureInfo.InvariantCulture)}')");

    private static async Task<List<string>> SentAsync(Installation world)
    {
        var sent = new List<string>();
        await foreach (var one in world.Simulator.Control.EventsAsync())
            sent.Add(one.Properties!.Value.GetProperty("id").GetString()!);
        return [.. sent.Order(StringComparer.Ordinal)];
    }
}
