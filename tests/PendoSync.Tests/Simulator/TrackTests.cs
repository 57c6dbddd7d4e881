using System.Net;
using PendoSimulator.Control;
using static PendoSync.Tests.Simulator.SimulatedSubscription;

namespace PendoSync.Tests.Simulator;

public sealed class TrackTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    [Fact]
    public async Task Event_gets_200_without_body_and_is_logged_in_order()
    {
        await using var pendo = await StartAsync();
        foreach (var name in new[] { "first", "second" })
        {
            var reply = await pendo.TrackAsync(Event(Now, visitor: name + "-visitor", name: name, properties: """{"amount":129.50}"""));
            Assert.Equal((HttpStatusCode.OK, ""), (reply.Status, reply.Body));
        }
        var events = await ToListAsync(pendo.Control.EventsAsync());
        Assert.Equal([(1, "first"), (2, "second")], events.Select(e => (e.Seq, e.Name)));
        var logged = events[0];
        Assert.Equal(("web-app", "first-visitor", "a", Now.ToUnixTimeMilliseconds()),
            (logged.App, logged.VisitorId, logged.AccountId, logged.Timestamp));
        Assert.Equal("""{"amount":129.50}""", logged.Properties.ToString());
        Assert.Equal("""{"ip":"192.0.2.1"}""", logged.Context.ToString());
        Assert.False(logged.Dropped);
        Assert.Empty(logged.Flags);
        Assert.Equal("second", Assert.Single(await ToListAsync(pendo.Control.EventsAsync(after: 1, limit: 5))).Name);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"type":"page","event":"e","visitorId":"v","timestamp":1}""")]
    [InlineData("""{"type":"track","event":"","visitorId":"v","timestamp":1}""")]
    [InlineData("""{"type":"track","event":"e","timestamp":1}""")]
    [InlineData("""{"type":"track","event":"e","visitorId":"v"}""")]
    [InlineData("""{"type":"track","event":"e","visitorId":"v","timestamp":"2026-01-01T00:00:00Z"}""")]
    [InlineData("""{"type":"track","event":"e","visitorId":"v","timestamp":1.5}""")]
    [InlineData("""{"type":"track","event":"e","visitorId":"v","timestamp":1,"properties":[]}""")]
    public async Task Malformed_event_is_refused_and_not_logged(string body)
    {
        await using var pendo = await StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await pendo.TrackAsync(body)).Status);
        Assert.Equal(0, (await pendo.Control.StateAsync()).Events.Received);
    }

    [Theory]
    [InlineData("other")]
    [InlineData(Key)]
    [InlineData(null)]
    public async Task Unknown_secret_is_refused_or_swallowed(string? secret)
    {
        await using var refusing = await StartAsync();
        var reply = await refusing.TrackAsync(Event(Now), secret);
        Assert.Equal((HttpStatusCode.Forbidden, ""), (reply.Status, reply.Body));
        await using var swallowing = await StartAsync(o => o with { UnknownTrackSecretStatus = 200 });
        Assert.Equal(HttpStatusCode.OK, (await swallowing.TrackAsync(Event(Now), secret)).Status);
        Assert.Equal(0, (await swallowing.Control.StateAsync()).Events.Received);
    }

    [Theory]
    [InlineData("""{"a":{"b":1}}""", "nested_property")]
    [InlineData("""{"9a":1}""", "bad_property_name")]
    [InlineData("""{"__a__":1}""", "bad_property_name")]
    [InlineData("""{"with space":1}""", "bad_property_name")]
    [InlineData("""{"a_name_that_is_longer_than_thirty2":1}""", "bad_property_name")]
    [InlineData("large", "properties_too_large")]
    public async Task Broken_property_rule_is_flagged_and_answered_with_200(string properties, string flag)
    {
        await using var pendo = await StartAsync();
        var json = properties == "large" ? $$"""{"a":"{{new string('x', 505)}}"}""" : properties;
        Assert.Equal(HttpStatusCode.OK, (await pendo.TrackAsync(Event(Now, properties: json))).Status);
        Assert.Equal([flag], (await OnlyEventAsync(pendo)).Flags);
    }

    [Fact]
    public async Task Properties_of_exactly_512_bytes_are_not_flagged()
    {
        await using var pendo = await StartAsync();
        await pendo.TrackAsync(Event(Now, properties: $$"""{"a":"{{new string('x', 504)}}"}"""));
        Assert.Empty((await OnlyEventAsync(pendo)).Flags);
    }

    [Theory]
    [InlineData(-7.01, "too_old", true)]
    [InlineData(1, "in_future", false)]
    public async Task Event_of_the_wrong_time_is_flagged(double days, string flag, bool dropped)
    {
        await using var pendo = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await pendo.TrackAsync(Event(Now.AddDays(days)))).Status);
        var logged = await OnlyEventAsync(pendo);
        Assert.Equal([flag], logged.Flags);
        Assert.Equal(dropped, logged.Dropped);
    }

    [Theory]
    [InlineData("_PENDO_T_abc")]
    [InlineData("VISITOR-UNIQUE-ID")]
    public async Task Anonymous_visitor_is_flagged(string visitor)
    {
        await using var pendo = await StartAsync();
        await pendo.TrackAsync(Event(Now, visitor));
        Assert.Equal(["reserved_id"], (await OnlyEventAsync(pendo)).Flags);
    }

    [Fact]
    public async Task Second_event_of_a_visitor_in_one_second_is_flagged()
    {
        await using var pendo = await StartAsync();
        await pendo.TrackAsync(Event(Now, "v"));
        await pendo.TrackAsync(Event(Now, "w"));
        await pendo.TrackAsync(Event(Now, "v"));
        await pendo.TrackAsync(Event(Now.AddSeconds(-2), "v"));
        var flags = (await ToListAsync(pendo.Control.EventsAsync())).Select(e => string.Join(',', e.Flags));
        Assert.Equal(["", "", "over_one_per_second", ""], flags);
    }

    [Fact]
    public async Task Event_of_an_opted_out_visitor_is_dropped()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.SeedAsync("visitor", "v");
        await pendo.SendAsync(HttpMethod.Put, "/api/v1/metadata/visitor/pendo/value/v/donotprocess", "true");
        await pendo.TrackAsync(Event(Now, "v"));
        var state = (await pendo.Control.StateAsync()).Events;
        Assert.Equal((1, 1, 1), (state.Received, state.Dropped, state.Flags["do_not_process"]));
    }

    [Fact]
    public async Task Concurrent_events_are_all_logged_once()
    {
        await using var pendo = await StartAsync();
        await Parallel.ForEachAsync(Enumerable.Range(1, 400), async (n, _) => await pendo.TrackAsync(Event(Now, visitor: $"v-{n}")));
        var events = await ToListAsync(pendo.Control.EventsAsync());
        Assert.Equal(Enumerable.Range(1, 400), events.Select(e => e.Seq));
        Assert.Equal(400, events.Select(e => e.VisitorId).Distinct().Count());
    }

    private static async Task<ReceivedEvent> OnlyEventAsync(SimulatedSubscription pendo) =>
        Assert.Single(await ToListAsync(pendo.Control.EventsAsync()));

    private static async Task<List<ReceivedEvent>> ToListAsync(IAsyncEnumerable<ReceivedEvent> events)
    {
        var list = new List<ReceivedEvent>();
        await foreach (var item in events)
            list.Add(item);
        return list;
    }
}
