using System.Net;
using PendoSimulator.Control;
using PendoSimulator.Faults;
using static PendoSync.Tests.Simulator.SimulatedSubscription;

namespace PendoSync.Tests.Simulator;

public sealed class SegmentTests
{
    private const string Segments = "/api/v1/segment";
    private const string Upload = Segments + "/upload";
    private const string Patch = Segments + "/segment-1/visitor";
    private const string Add = """{"patch":[{"op":"add","path":"/visitors","value":["c"]}]}""";

    [Fact]
    public async Task Segment_is_made_by_upload_and_read_listed_replaced_and_deleted()
    {
        await using var pendo = await WithoutWaitAsync();
        Assert.Equal("""{"segmentId":"segment-1"}""", (await pendo.PostAsync(Upload, """{"name":"Best","visitors":["a","b","a"]}""")).Body);
        const string definition = """{"id":"segment-1","name":"Best","kind":"Segment","createdByApi":true}""";
        Assert.Equal(definition, (await pendo.GetAsync(Segments + "/segment-1")).Body);
        Assert.Equal($"[{definition}]", (await pendo.GetAsync(Segments + "?createdByApi=true")).Body);

        var replaced = await pendo.SendAsync(HttpMethod.Put, Segments + "/segment-1", """{"name":"Rest","visitors":["c"]}""");
        Assert.Equal((HttpStatusCode.OK, "{}"), (replaced.Status, replaced.Body));
        Assert.Equal(("Rest", "c"), await OneAsync(pendo));

        Assert.Equal(HttpStatusCode.OK, (await pendo.SendAsync(HttpMethod.Delete, Segments + "/segment-1")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await pendo.GetAsync(Segments + "/segment-1")).Status);
        Assert.Equal("[]", (await pendo.GetAsync(Segments)).Body);
    }

    [Fact]
    public async Task Patch_and_single_calls_add_and_remove_visitors()
    {
        await using var pendo = await WithSegmentAsync();
        var reply = await pendo.SendAsync(HttpMethod.Patch, Patch,
            """{"patch":[{"op":"add","path":"/visitors","value":["c","d"]},{"op":"remove","path":"/visitors","value":["a","x"]}]}""");
        Assert.Equal(
            """{"multistatus":[{"status":200,"message":"success","operation":"add"},"""
            + """{"status":200,"message":"success","operation":"remove"}]}""", reply.Body);
        Assert.Equal(("Best", "b c d"), await OneAsync(pendo));
        await pendo.SendAsync(HttpMethod.Put, Patch + "/e%2F1");
        await pendo.SendAsync(HttpMethod.Delete, Patch + "/c");
        Assert.Equal(("Best", "b d e/1"), await OneAsync(pendo));
        Assert.Equal(4, (await pendo.Control.CallsAsync())[1].Records);
    }

    [Theory]
    [InlineData("""{"visitors":["a"]}""")]
    [InlineData("""{"name":"","visitors":["a"]}""")]
    [InlineData("""{"name":"n","visitors":[]}""")]
    [InlineData("""{"name":"n","visitors":[""]}""")]
    [InlineData("""{"name":"n","visitors":[null]}""")]
    [InlineData("""{"name":"n","visitors":["\ud800"]}""")]
    [InlineData("""{"name":"n","visitors":[{"visitorId":"a"}]}""")]
    [InlineData("""["a"]""")]
    [InlineData("null")]
    [InlineData("")]
    public async Task Malformed_upload_is_refused_with_the_switched_status(string body)
    {
        await using var pendo = await StartAsync(o => o with { RefusedSegmentStatus = 422 });
        Assert.Equal(422, (int)(await pendo.PostAsync(Upload, body)).Status);
        Assert.Empty(await pendo.Control.SegmentsAsync());
    }

    [Theory]
    [InlineData("""{"patch":[]}""")]
    [InlineData("""{"patch":[null]}""")]
    [InlineData("""{"patch":[{"op":"move","path":"/visitors","value":["c"]}]}""")]
    [InlineData("""{"patch":[{"op":"add","path":"/accounts","value":["c"]}]}""")]
    [InlineData("""{"patch":[{"op":"add","path":"/visitors","value":"c"}]}""")]
    [InlineData("""{"visitors":["c"]}""")]
    [InlineData("""{"patch":[{"op":"add","path":"/visitors","value":["c"]},{"op":"add","path":"/visitors"}]}""")]
    public async Task Malformed_patch_is_refused_and_changes_nothing(string body)
    {
        await using var pendo = await WithSegmentAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await pendo.SendAsync(HttpMethod.Patch, Patch, body)).Status);
        Assert.Equal(("Best", "a b"), await OneAsync(pendo));
    }

    [Theory]
    [InlineData(10, 100, 200)]
    [InlineData(11, 1, 400)]
    [InlineData(10, 101, 400)]
    public async Task Patch_holds_at_most_ten_operations_and_a_thousand_ids(int operations, int idsEach, int status)
    {
        await using var pendo = await WithSegmentAsync();
        Assert.Equal(status, (int)(await pendo.SendAsync(HttpMethod.Patch, Patch, Operations(operations, idsEach))).Status);
        await pendo.Control.ChangeOptionsAsync(new() { ["maxPatchOperations"] = 11, ["maxPatchIds"] = 1010 });
        Assert.Equal(200, (int)(await pendo.SendAsync(HttpMethod.Patch, Patch, Operations(operations, idsEach))).Status);
    }

    [Fact]
    public async Task Write_while_another_one_is_under_way_gets_409_and_changes_nothing()
    {
        var time = new StillTime();
        await using var pendo = await StartAsync(o => o with { SegmentWriteTime = TimeSpan.FromSeconds(5) }, time);
        await pendo.PostAsync(Upload, """{"name":"Best","visitors":["a","b"]}""");
        var busy = await pendo.SendAsync(HttpMethod.Patch, Patch, Add);
        Assert.Equal((HttpStatusCode.Conflict, "Operation in progress"), (busy.Status, busy.Body));
        Assert.Equal(409, (int)(await pendo.SendAsync(HttpMethod.Delete, Segments + "/segment-1")).Status);
        Assert.Equal(409, (int)(await pendo.SendAsync(HttpMethod.Put, Patch + "/c")).Status);
        Assert.Equal("""{"requestId":"segment-1","status":200,"updatePending":true}""",
            (await pendo.GetAsync(Segments + "/segment-1/status")).Body);
        Assert.Equal(("Best", "a b"), await OneAsync(pendo));

        time.Passed += TimeSpan.FromSeconds(5);
        Assert.Equal(
            """{"requestId":"segment-1","status":200,"command":"finish","updatePending":false}""",
                (await pendo.GetAsync(Segments + "/segment-1/status")).Body);
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => pendo.SendAsync(HttpMethod.Patch, Patch, Add)));
        Assert.Equal([200, 409], both.Select(reply => (int)reply.Status).Order());
    }

    [Fact]
    public async Task Status_has_the_members_that_are_switched()
    {
        await using var pendo = await WithSegmentAsync();
        await pendo.Control.ChangeOptionsAsync(new() { ["segmentStatus"] = "entity_tag" });
        Assert.Equal("""{"entityTagId":"segment-1","status":200,"message":"success"}""",
            (await pendo.GetAsync(Segments + "/segment-1/status")).Body);
    }

    [Fact]
    public async Task Fault_begins_another_write_before_a_chosen_call()
    {
        var time = new StillTime();
        await using var pendo = await WithSegmentAsync(time);
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.ConcurrentWrite, Nth = 2 });
        Assert.Equal(200, (int)(await pendo.SendAsync(HttpMethod.Patch, Patch, Add)).Status);
        Assert.Equal(409, (int)(await pendo.SendAsync(HttpMethod.Patch, Patch, Add)).Status);
        time.Passed += TimeSpan.FromSeconds(1);
        Assert.Equal(200, (int)(await pendo.SendAsync(HttpMethod.Patch, Patch, Add)).Status);
    }

    [Fact]
    public async Task Fault_fails_the_operation_of_a_chosen_visitor()
    {
        await using var pendo = await WithSegmentAsync();
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.RecordError, RecordIds = ["d"], Error = "no" });
        var reply = await pendo.SendAsync(HttpMethod.Patch, Patch,
            """{"patch":[{"op":"add","path":"/visitors","value":["c","d"]},{"op":"remove","path":"/visitors","value":["a"]}]}""");
        Assert.Equal(
            """{"multistatus":[{"status":400,"message":"no","operation":"add"},{"status":200,"message":"success","operation":"remove"}]}""",
                reply.Body);
        Assert.Equal(("Best", "b"), await OneAsync(pendo));
    }

    [Fact]
    public async Task Fault_meets_the_segment_calls_of_a_chosen_visitor()
    {
        await using var pendo = await WithSegmentAsync();
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.Status, Status = 503, RecordIds = ["c"] });
        Assert.Equal(503, (int)(await pendo.SendAsync(HttpMethod.Patch, Patch, Add)).Status);
        Assert.Equal(503, (int)(await pendo.SendAsync(HttpMethod.Put, Patch + "/c")).Status);
        Assert.Equal(503, (int)(await pendo.PostAsync(Upload, """{"name":"n","visitors":["c"]}""")).Status);
        Assert.Equal(200, (int)(await pendo.PostAsync(Upload, """{"name":"c","visitors":["d"]}""")).Status);
    }

    [Fact]
    public async Task Unknown_segment_is_not_found_and_a_read_only_key_changes_none()
    {
        await using var pendo = await WithSegmentAsync();
        foreach (var (method, path, body) in new[]
        {
            (HttpMethod.Get, "/nope", null), (HttpMethod.Get, "/nope/status", null), (HttpMethod.Put, "/nope", """{"visitors":["a"]}"""),
            (HttpMethod.Patch, "/nope/visitor", Add), (HttpMethod.Put, "/nope/visitor/a", null), (HttpMethod.Delete, "/nope", null),
        })
            Assert.Equal(HttpStatusCode.NotFound, (await pendo.SendAsync(method, Segments + path, body)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await pendo.SendAsync(HttpMethod.Patch, Patch, Add, ReadOnlyKey)).Status);
        Assert.Equal(HttpStatusCode.OK, (await pendo.GetAsync(Segments, ReadOnlyKey)).Status);
        await pendo.Control.ResetAsync(new ResetRequest(Segments: false));
        Assert.Single(await pendo.Control.SegmentsAsync());
        await pendo.Control.ResetAsync();
        Assert.Empty(await pendo.Control.SegmentsAsync());
    }

    private static string Operations(int count, int idsEach)
    {
        var ids = string.Join(',', Enumerable.Range(0, idsEach).Select(n => $"\"v{n}\""));
        var one = $$"""{"op":"add","path":"/visitors","value":[{{ids}}]}""";
        return $$"""{"patch":[{{string.Join(',', Enumerable.Repeat(one, count))}}]}""";
    }

    private static async Task<SimulatedSubscription> WithSegmentAsync(TimeProvider? time = null)
    {
        var pendo = await WithoutWaitAsync(time);
        await pendo.PostAsync(Upload, """{"name":"Best","visitors":["a","b"]}""");
        return pendo;
    }

    private static Task<SimulatedSubscription> WithoutWaitAsync(TimeProvider? time = null) =>
        StartAsync(o => o with { SegmentWriteTime = TimeSpan.Zero }, time);

    /// <summary>Name and visitors of the only segment.</summary>
    private static async Task<(string Name, string Visitors)> OneAsync(SimulatedSubscription pendo)
    {
        var segment = Assert.Single(await pendo.Control.SegmentsAsync());
        return (segment.Name, string.Join(' ', segment.Visitors.Order(StringComparer.Ordinal)));
    }
}
