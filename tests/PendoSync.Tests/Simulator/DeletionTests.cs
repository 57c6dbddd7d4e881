using System.Net;
using PendoSimulator.Faults;
using static PendoSync.Tests.Simulator.SimulatedSubscription;

namespace PendoSync.Tests.Simulator;

public sealed class DeletionTests
{
    private const string Visitors = "/api/v1/bulkdelete/visitor";
    private const string Accounts = "/api/v1/bulkdelete/account";

    [Fact]
    public async Task Deleted_records_are_gone_and_the_others_stay_as_they_were()
    {
        await using var pendo = await WithoutLimitAsync();
        foreach (var id in new[] { "a", "b", "c", "d" })
            await pendo.WriteAsync(id, $$"""{"plan":"{{id}}"}""");
        await pendo.Control.SeedAsync("account", "b");
        Assert.Equal("""{"id":"deletion-1"}""", (await pendo.PostAsync(Visitors, """{"visitors":["b","nobody","b","d"]}""")).Body);

        Assert.Equal(["""{"id":"a","custom":{"plan":"a"}}""", """{"id":"c","custom":{"plan":"c"}}"""], await pendo.LinesAsync());
        Assert.Equal(["""{"id":"b"}"""], await pendo.LinesAsync("account"));
        Assert.Equal(HttpStatusCode.NotFound, (await pendo.GetAsync("/api/v1/visitor/b")).Status);
        await pendo.WriteAsync("c", """{"plan":"changed"}""");
        await pendo.WriteAsync("b", """{"seats":1}""");
        Assert.Equal(
            ["""{"id":"a","custom":{"plan":"a"}}""", """{"id":"c","custom":{"plan":"changed"}}""", """{"id":"b","custom":{"seats":1}}"""],
                await pendo.LinesAsync());

        Assert.Equal("""{"id":"deletion-2"}""", (await pendo.PostAsync(Accounts, """{"accounts":["b"]}""")).Body);
        Assert.Empty(await pendo.LinesAsync("account"));
    }

    [Fact]
    public async Task Waiting_deletion_is_outstanding_until_it_is_carried_out()
    {
        await using var pendo = await StartAsync(o => o with { DeletionsWait = true, DeletionIdName = "batchId" });
        await pendo.Control.SeedAsync("visitor", "v", "w");
        Assert.Equal("""{"batchId":"deletion-1"}""", (await pendo.PostAsync(Visitors, """{"visitors":["v"]}""")).Body);
        const string shown = """{"id":"deletion-1","kind":"visitor","ids":["v"]}""";
        Assert.Equal($"[{shown}]", (await pendo.GetAsync("/api/v1/bulkdelete")).Body);
        Assert.Equal(2, (await pendo.LinesAsync()).Count);
        Assert.True(Assert.Single(await pendo.Control.DeletionsAsync()).Outstanding);

        await pendo.Control.CarryOutDeletionsAsync();
        Assert.Equal(["""{"id":"w"}"""], await pendo.LinesAsync());
        Assert.Equal("[]", (await pendo.GetAsync("/api/v1/bulkdelete")).Body);
        Assert.Equal(shown, (await pendo.GetAsync("/api/v1/bulkdelete/deletion-1")).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await pendo.GetAsync("/api/v1/bulkdelete/deletion-2")).Status);
        Assert.False(Assert.Single(await pendo.Control.DeletionsAsync()).Outstanding);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Events_of_a_deleted_id_are_dropped_until_all_is_reset(bool waits)
    {
        await using var pendo = await StartAsync(o => o with { DeletionsWait = waits });
        await pendo.Control.SeedAsync("visitor", "v");
        await pendo.PostAsync(Visitors, """{"visitors":["v"]}""");
        await pendo.TrackAsync(Event(DateTimeOffset.UtcNow));
        await pendo.TrackAsync(Event(DateTimeOffset.UtcNow, "w"));
        var events = (await pendo.Control.StateAsync()).Events;
        Assert.Equal((2, 1, 1), (events.Received, events.Dropped, events.Flags["do_not_process"]));
        await pendo.Control.ResetAsync();
        await pendo.TrackAsync(Event(DateTimeOffset.UtcNow));
        Assert.Equal(0, (await pendo.Control.StateAsync()).Events.Dropped);
        Assert.Empty(await pendo.Control.DeletionsAsync());
    }

    [Fact]
    public async Task Second_call_in_a_second_is_refused_and_deletes_nothing()
    {
        var time = new StillTime();
        await using var pendo = await StartAsync(o => o with { RateLimitRetryAfter = "1" }, time);
        await pendo.Control.SeedAsync("account", "a");
        Assert.Equal(200, (int)(await pendo.PostAsync(Visitors, """{"visitors":["a"]}""")).Status);
        var refused = await pendo.PostAsync(Accounts, """{"accounts":["a"]}""");
        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (refused.Status, refused.RetryAfter));
        Assert.Single(await pendo.LinesAsync("account"));
        Assert.Equal(200, (int)(await pendo.GetAsync("/api/v1/bulkdelete")).Status);

        await pendo.Control.ChangeOptionsAsync(new() { ["deletionRateStatus"] = 503 });
        Assert.Equal(503, (int)(await pendo.PostAsync(Accounts, """{"accounts":["a"]}""")).Status);
        time.Passed += TimeSpan.FromSeconds(1);
        Assert.Equal(200, (int)(await pendo.PostAsync(Accounts, """{"accounts":["a"]}""")).Status);
        Assert.Empty(await pendo.LinesAsync("account"));
    }

    [Theory]
    [InlineData(500, 200)]
    [InlineData(501, 422)]
    public async Task Deletion_holds_at_most_five_hundred_ids(int count, int status)
    {
        await using var pendo = await StartAsync(o => o with { RefusedDeletionStatus = 422 });
        await pendo.Control.SeedAsync("visitor", "v1");
        var ids = string.Join(',', Enumerable.Range(1, count).Select(n => $"\"v{n}\""));
        Assert.Equal(status, (int)(await pendo.PostAsync(Visitors, $$"""{"visitors":[{{ids}}]}""")).Status);
        Assert.Equal(status == 200 ? 0 : 1, (await pendo.LinesAsync()).Count);
    }

    [Theory]
    [InlineData("""{"accounts":["v"]}""")]
    [InlineData("""{"visitors":"v"}""")]
    [InlineData("""{"visitors":["v",7]}""")]
    [InlineData("""{"visitors":["v",""]}""")]
    [InlineData("""["v"]""")]
    [InlineData("{")]
    public async Task Malformed_deletion_is_refused_and_deletes_nothing(string body)
    {
        await using var pendo = await StartAsync();
        await pendo.Control.SeedAsync("visitor", "v");
        Assert.Equal(HttpStatusCode.BadRequest, (await pendo.PostAsync(Visitors, body)).Status);
        Assert.Single(await pendo.LinesAsync());
    }

    [Fact]
    public async Task Only_a_write_key_deletes_and_a_fault_meets_the_deletion_of_a_chosen_visitor()
    {
        await using var pendo = await WithoutLimitAsync();
        await pendo.Control.SeedAsync("visitor", "v", "w");
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.Status, Status = 503, RecordIds = ["v"] });
        Assert.Equal(403, (int)(await pendo.PostAsync(Visitors, """{"visitors":["w"]}""", ReadOnlyKey)).Status);
        Assert.Equal(503, (int)(await pendo.PostAsync(Visitors, """{"visitors":["w","v"]}""")).Status);
        Assert.Equal(2, (await pendo.LinesAsync()).Count);
        Assert.Equal(200, (int)(await pendo.PostAsync(Visitors, """{"visitors":["w"]}""")).Status);
        Assert.Equal(["""{"id":"v"}"""], await pendo.LinesAsync());
    }

    private static Task<SimulatedSubscription> WithoutLimitAsync() => StartAsync(o => o with { DeletionsPerSecond = 0 });
}
