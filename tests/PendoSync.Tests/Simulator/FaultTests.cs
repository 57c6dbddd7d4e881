using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using PendoSimulator.Control;
using PendoSimulator.Faults;
using PendoSync.Tests.Worlds;
using static PendoSync.Tests.Simulator.SimulatedSubscription;

namespace PendoSync.Tests.Simulator;

public sealed class FaultTests
{
    [Theory]
    [InlineData("7")]
    [InlineData("-5")]
    [InlineData("99999999999999")]
    [InlineData("soon")]
    public async Task Status_comes_with_body_type_and_retry_after_and_applies_nothing(string retryAfter)
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(new FaultRule
        {
            Action = FaultAction.Status,
            Status = 429,
            Body = "{\"slow\":true}",
            ContentType = "application/json",
            RetryAfter = retryAfter,
            Times = 1,
        });
        var reply = await pendo.WriteAsync("v", "{}");
        Assert.Equal((HttpStatusCode.TooManyRequests, "{\"slow\":true}", "application/json", retryAfter),
            (reply.Status, reply.Body, reply.ContentType, reply.RetryAfter));
        Assert.Empty(await pendo.LinesAsync());
        Assert.Equal(HttpStatusCode.OK, (await pendo.WriteAsync("v", "{}")).Status);
    }

    [Fact]
    public async Task Retry_after_can_be_a_date()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.Status, Status = 503, RetryAfter = "date:+30" });
        var reply = await pendo.WriteAsync("v", "{}");
        var wait = DateTimeOffset.ParseExact(reply.RetryAfter!, "R", null) - DateTimeOffset.UtcNow;
        Assert.InRange(wait.TotalSeconds, 5, 31);
    }

    [Fact]
    public async Task Status_after_applying_leaves_the_record_written()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.Status, Apply = true });
        Assert.Equal(HttpStatusCode.InternalServerError, (await pendo.WriteAsync("v", """{"plan":"x"}""")).Status);
        Assert.Equal(["""{"id":"v","custom":{"plan":"x"}}"""], await pendo.LinesAsync());
    }

    [Theory]
    [InlineData(FaultAction.Reset, false, 0)]
    [InlineData(FaultAction.Reset, true, 1)]
    [InlineData(FaultAction.Silence, false, 0)]
    [InlineData(FaultAction.Silence, true, 1)]
    public async Task Connection_ends_without_answer_before_or_after_applying(FaultAction action, bool apply, int written)
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = action, Apply = apply, Milliseconds = 20 });
        await Assert.ThrowsAsync<HttpRequestException>(() => pendo.WriteAsync("v", "{}"));
        Assert.Equal(written, (await pendo.LinesAsync()).Count);
        // The client knows that the connection ended before the simulator has noted the call.
        await Until.HoldsAsync(async () => (await pendo.Control.CallsAsync()).Count > 0);
        var call = Assert.Single(await pendo.Control.CallsAsync());
        Assert.Equal((0, action.ToString()), (call.Status, call.Fault));
    }

    [Fact]
    public async Task Silence_ends_when_the_client_goes_away_and_does_not_hold_up_the_end()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.Silence });
        using var patience = new CancellationTokenSource();
        using var body = new StringContent("[]");
        var impatient = pendo.Http.PostAsync(Bulk, body, patience.Token);
        await MetAsync(1);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        var waiting = pendo.WriteAsync("v", "{}");
        await MetAsync(2);
        var watch = Stopwatch.StartNew();
        await pendo.StopAsync();
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
        await Assert.ThrowsAsync<HttpRequestException>(() => waiting);

        async Task MetAsync(int calls)
        {
            while ((await pendo.Control.FaultsAsync())[0].Met < calls)
                await Task.Yield();
        }
    }

    [Fact]
    public async Task Delay_beyond_the_time_limit_of_a_call_is_answered_with_408()
    {
        await using var pendo = await StartAsync(o => o with { CallTimeLimit = TimeSpan.FromMilliseconds(80) });
        await pendo.Control.AddFaultsAsync(
            new FaultRule { Action = FaultAction.Delay, Milliseconds = 20, Nth = 1 },
                new FaultRule { Action = FaultAction.Delay, Milliseconds = 5000, Nth = 2 });
        var watch = Stopwatch.StartNew();
        Assert.Equal(HttpStatusCode.OK, (await pendo.WriteAsync("v", "{}")).Status);
        Assert.True(watch.ElapsedMilliseconds >= 19);
        Assert.Equal(HttpStatusCode.RequestTimeout, (await pendo.WriteAsync("w", "{}")).Status);
        Assert.Single(await pendo.LinesAsync());
    }

    [Fact]
    public async Task Truncated_answer_is_applied_and_not_json()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(
            new FaultRule { Action = FaultAction.Truncate, Nth = 1, Bytes = 9 },
                new FaultRule { Action = FaultAction.Truncate, Nth = 2, Cut = true });
        var reply = await pendo.WriteAsync("v", "{}");
        Assert.Equal((HttpStatusCode.OK, "{\"total\":"), (reply.Status, reply.Body));
        await Assert.ThrowsAsync<HttpRequestException>(() => pendo.WriteAsync("w", "{}"));
        Assert.Equal(2, (await pendo.LinesAsync()).Count);
    }

    [Fact]
    public async Task Html_page_comes_in_place_of_json()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.Html });
        var reply = await pendo.WriteAsync("v", "{}");
        Assert.Equal((HttpStatusCode.OK, "text/html"), (reply.Status, reply.ContentType));
        Assert.StartsWith("<!DOCTYPE html>", reply.Body, StringComparison.Ordinal);
        Assert.Empty(await pendo.LinesAsync());
    }

    [Fact]
    public async Task Wrong_counts_do_not_add_up_although_all_is_applied()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(
            new FaultRule { Action = FaultAction.WrongCounts, Nth = 1 },
                new FaultRule { Action = FaultAction.WrongCounts, Nth = 2, TotalOff = 5 });
        Assert.Equal((1, 0, 0), (await pendo.WriteAsync("v", "{}")).Counts);
        Assert.Equal((6, 1, 0), (await pendo.WriteAsync("w", "{}")).Counts);
        Assert.Equal(2, (await pendo.LinesAsync()).Count);
    }

    [Fact]
    public async Task Some_records_fail_with_or_without_details()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(
            new FaultRule { Action = FaultAction.FailedWithoutDetails, Nth = 1, RecordIds = ["b"] },
            new FaultRule { Action = FaultAction.RecordError, Nth = 2, Error = "no" },
            new FaultRule { Action = FaultAction.RecordMissing, Nth = 3, Count = 2 });
        const string body = """[{"visitorId":"a","values":{}},{"visitorId":"b","values":{}},{"visitorId":"c","values":{}}]""";

        Assert.Equal("""{"total":3,"updated":2,"failed":1,"kind":"visitor"}""", (await pendo.PostAsync(Bulk + "?create=true", body)).Body);
        Assert.Equal(["""{"id":"a"}""", """{"id":"c"}"""], await pendo.LinesAsync());
        Assert.Equal("\"a\": no", (await pendo.PostAsync(Bulk + "?create=true", body)).Json.GetProperty("errors")[0].GetString());
        Assert.Equal("""["a","b"]""", (await pendo.PostAsync(Bulk + "?create=true", body)).Json.GetProperty("missing").GetRawText());
    }

    [Fact]
    public async Task Drip_sends_the_whole_answer_slowly()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.Drip, Bytes = 20, Milliseconds = 15 });
        var watch = Stopwatch.StartNew();
        Assert.Equal((1, 1, 0), (await pendo.WriteAsync("v", "{}")).Counts);
        Assert.True(watch.ElapsedMilliseconds >= 30);
    }

    [Fact]
    public async Task Key_is_revoked_mid_run_and_can_be_replaced()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.RevokeKey, Nth = 2 });
        Assert.Equal(HttpStatusCode.OK, (await pendo.WriteAsync("a", "{}")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await pendo.WriteAsync("b", "{}")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await pendo.WriteAsync("c", "{}")).Status);
        await pendo.Control.ChangeKeysAsync(new KeyRequest(new Dictionary<string, bool> { ["new"] = true },
            new Dictionary<string, string> { ["web-app"] = "new-secret" }));
        Assert.Equal(HttpStatusCode.OK, (await pendo.PostAsync(Bulk, "[]", "new")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await pendo.TrackAsync(Event(DateTimeOffset.UtcNow))).Status);
        Assert.Equal(HttpStatusCode.OK, (await pendo.TrackAsync(Event(DateTimeOffset.UtcNow), "new-secret")).Status);
    }

    [Fact]
    public async Task Schema_changes_before_a_chosen_call()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(new FaultRule
        {
            Action = FaultAction.ChangeSchema,
            From = 2,
            Schema = new([new("visitor", "custom", "color", "string")], [new("visitor", "custom", "plan", "string")]),
        });
        Assert.Equal(HttpStatusCode.OK, (await pendo.WriteAsync("v", """{"plan":"x"}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await pendo.WriteAsync("v", """{"plan":"x"}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await pendo.WriteAsync("v", """{"color":"x"}""")).Status);
    }

    [Fact]
    public async Task Call_with_a_certain_record_is_refused_whole()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.Status, Status = 400, RecordIds = ["poison \"1\""] });
        Assert.Equal(HttpStatusCode.BadRequest, (await pendo.WriteAsync("poison \"1\"", "{}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await pendo.WriteAsync("poison", """{"plan":"poison \"1\""}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await pendo.TrackAsync(Event(DateTimeOffset.UtcNow, "v"))).Status);
    }

    [Fact]
    public async Task Record_is_found_by_its_id_whether_the_path_has_it_plain_or_in_base64()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.SeedAsync("visitor", "poison/1", "good");
        await pendo.Control.AddFaultsAsync(
            new FaultRule { Action = FaultAction.Status, Status = 503, Endpoint = "record_read", RecordIds = ["poison/1"] });
        Assert.Equal(503, (int)(await pendo.GetAsync("/api/v1/visitor/poison%2F1")).Status);
        Assert.Equal(503, (int)(await pendo.SendAsync(HttpMethod.Get, Base64("poison/1"), base64: true)).Status);
        Assert.Equal(200, (int)(await pendo.SendAsync(HttpMethod.Get, Base64("good"), base64: true)).Status);
        Assert.Equal(404, (int)(await pendo.SendAsync(HttpMethod.Get, "/api/v1/visitor/%2A", base64: true)).Status);

        static string Base64(string id) => "/api/v1/visitor/" + Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(id)));
    }

    [Fact]
    public async Task Rule_meets_only_its_endpoint_method_path_and_calls()
    {
        await using var pendo = await StartAsync();
        const FaultAction status = FaultAction.Status;
        await pendo.Control.AddFaultsAsync(
            new FaultRule { Action = status, Status = 501, Endpoint = "value_bulk", PathContains = "/account/", From = 2, To = 3 },
            new FaultRule { Action = FaultAction.Status, Status = 502, Method = "get" });
        const string account = "/api/v1/metadata/account/custom/value";
        Assert.Equal(502, (int)(await pendo.GetAsync("/api/v1/token/verify")).Status);
        Assert.Equal(200, (int)(await pendo.PostAsync(Bulk, "[]")).Status);
        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
            statuses.Add((int)(await pendo.PostAsync(account, "[]")).Status);
        Assert.Equal([200, 501, 501, 200], statuses);
        Assert.Equal([(4, 2), (1, 1)], (await pendo.Control.FaultsAsync()).Select(f => (f.Fitting, f.Met)));
    }

    [Fact]
    public async Task Rate_is_repeated_by_its_seed_and_ends_when_the_faults_are_deleted()
    {
        await using var pendo = await StartAsync();
        var first = await RunAsync();
        Assert.InRange(first.Count(status => status == 500), 20, 80);
        Assert.Equal(first, await RunAsync());
        Assert.All(await CallAsync(), status => Assert.Equal(200, status));

        async Task<List<int>> RunAsync()
        {
            await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.Status, Rate = 0.5, Seed = 11 });
            var statuses = await CallAsync();
            await pendo.Control.ClearFaultsAsync();
            return statuses;
        }

        async Task<List<int>> CallAsync()
        {
            var statuses = new List<int>();
            for (var i = 0; i < 100; i++)
                statuses.Add((int)(await pendo.PostAsync(Bulk, "[]")).Status);
            return statuses;
        }
    }

    [Theory]
    [InlineData("""{"endpoint":"value_bulkk","action":"reset"}""", "value_bulk")]
    [InlineData("""{"endpoit":"value_bulk","action":"reset"}""", "endpoit")]
    [InlineData("""{"action":"explode"}""", "action")]
    public async Task Misspelt_rule_is_refused_by_name(string rule, string named)
    {
        await using var pendo = await StartAsync();
        var reply = await pendo.PostAsync("/simulator/faults", rule);
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Contains(named, reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rule_is_written_in_snake_case_words()
    {
        await using var pendo = await StartAsync();
        var added = await pendo.PostAsync("/simulator/faults", """{"endpoint":"value_bulk","action":"failed_without_details","count":2}""");
        Assert.Equal("failed_without_details", added.Json[0].GetProperty("rule").GetProperty("action").GetString());
    }
}
