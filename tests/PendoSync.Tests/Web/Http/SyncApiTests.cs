using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using PendoSync.State;
using PendoSync.Tests.Operations.Served;

namespace PendoSync.Tests.Web.Http;

public sealed class SyncApiTests
{
    [Fact]
    public async Task Run_is_accepted_at_once_with_the_address_of_its_row()
    {
        await using var world = await ServedProject.StartAsync();
        using var answer = await world.Http.PostAsync("/api/syncs/people/runs", null);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(202, (int)answer.StatusCode);
        Assert.Equal($"/api/runs/{body["run_id"]}", answer.Headers.Location!.ToString());
        Assert.Equal(("people", "requested"), ((string?)body["sync"], (string?)body["state"]));
        Assert.Equal("people", (string?)(await world.GetAsync(answer.Headers.Location.ToString()))["sync"]);
        var ended = await world.EndOfAsync((string)body["run_id"]!);
        Assert.Equal(("completed", 3, 3, "http"),
            ((string?)ended["state"], (int)ended["read"]!, (int)ended["accepted"]!, (string?)ended["trigger"]));
        Assert.Equal(3, (await world.Simulator.Control.StateAsync()).Records["visitor"]);
        Assert.Equal((3, 3),
            ((int)(await world.GetAsync("/api/syncs/people"))["in_step"]!,
            (int)(await world.GetAsync("/api/syncs/people"))["in_step_of"]!));
    }

    [Fact]
    public async Task Full_run_sends_what_has_not_changed_too()
    {
        await using var world = await ServedProject.StartAsync();
        await world.RunAsync();
        Assert.Equal((0, 3), await CountsAsync("""{"mode":"incremental"}"""));
        Assert.Equal((3, 0), await CountsAsync("""{"mode":"full"}"""));

        async Task<(int, int)> CountsAsync(string body) => await world.RunAsync(body: body) is var run
            ? ((int)run["accepted"]!, (int)run["unchanged"]!) : default;
    }

    [Theory]
    [InlineData("POST", "/api/syncs/people/runs", "{bad", 400)]
    [InlineData("POST", "/api/syncs/people/runs", """{"mode":"quick"}""", 422)]
    [InlineData("POST", "/api/syncs/people/runs", """{"mod":"full"}""", 422)]
    [InlineData("POST", "/api/syncs/people/runs", "[]", 422)]
    [InlineData("POST", "/api/syncs/people/reset", """{"forget_events":"yes"}""", 422)]
    [InlineData("POST", "/api/syncs/people/reset", """{"forget_events":true}""", 422)]
    [InlineData("GET", "/api/syncs/people/runs?limit=0", null, 422)]
    [InlineData("GET", "/api/syncs/people/runs?format=xml", null, 422)]
    [InlineData("GET", "/api/syncs/people/record", null, 422)]
    [InlineData("GET", "/api/syncs/nobody", null, 404)]
    [InlineData("POST", "/api/syncs/nobody/runs", "{}", 404)]
    [InlineData("GET", "/api/runs/people-0000000000000000000", null, 404)]
    [InlineData("POST", "/api/runs/nothing/cancel", null, 404)]
    [InlineData("GET", "/api/nothing", null, 404)]
    [InlineData("DELETE", "/api/syncs/people", null, 405)]
    [InlineData("POST", "/api/syncs/people/resume", null, 200)]
    public async Task Every_refusal_is_a_problem_with_its_status(string method, string path, string? body, int status)
    {
        await using var world = await ServedProject.StartAsync();
        var (found, problem) = await world.SendAsync(new HttpMethod(method), path, body);
        Assert.Equal(status, found);
        if (status < 400)
            return;
        Assert.Equal(("about:blank", status), ((string?)problem["type"], (int)problem["status"]!));
        Assert.True(((string?)problem["detail"])?.Length > 0 && ((string?)problem["title"])?.Length > 0);
    }

    [Fact]
    public async Task Body_over_64_KB_is_refused()
    {
        await using var world = await ServedProject.StartAsync();
        var (status, problem) = await world.SendAsync(HttpMethod.Post, "/api/syncs/people/runs", new string(' ', 70_000));
        Assert.Equal((413, 413), (status, (int)problem["status"]!));
    }

    [Fact]
    public async Task Paused_sync_refuses_runs_until_it_is_resumed()
    {
        await using var world = await ServedProject.StartAsync();
        Assert.True((bool)(await world.SendAsync(HttpMethod.Post, "/api/syncs/people/pause")).Body["paused"]!);
        var (status, problem) = await world.SendAsync(HttpMethod.Post, "/api/syncs/people/runs");
        Assert.Equal((409, "conflict"), (status, (string?)problem["kind"]));
        Assert.False((bool)(await world.SendAsync(HttpMethod.Post, "/api/syncs/people/resume")).Body["paused"]!);
        Assert.Equal("completed", (string?)(await world.RunAsync())["state"]);
    }

    [Fact]
    public async Task Lists_are_pages_that_continue_without_gap_or_repetition()
    {
        await using var world = await ServedProject.StartAsync();
        var runs = new List<string>();
        for (var i = 0; i < 5; i++)
            runs.Insert(0, (string)(await world.RunAsync())["run_id"]!);
        var seen = new List<string>();
        for (string? after = ""; after is not null;)
        {
            var page = await world.GetAsync($"/api/syncs/people/runs?limit=2&after={after}");
            seen.AddRange(page["items"]!.AsArray().Select(r => (string)r!["run_id"]!));
            after = (string?)page["next"];
        }

        Assert.Equal(runs, seen);
    }

    [Fact]
    public async Task Downloads_hold_every_item_and_no_formula()
    {
        await using var world = await ServedProject.StartAsync();
        world.Execute(
            "insert into people values ('=HYPERLINK(1)', 'a'), ('=HYPERLINK(1)', 'b'), ('comma,\"quote', 'a'), ('comma,\"quote', 'b')");
        await world.RunAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/syncs/people/problems");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/csv"));
        using var csv = await world.Http.SendAsync(request);
        Assert.Equal("text/csv", csv.Content.Headers.ContentType!.MediaType);
        Assert.Contains("people-problems.csv", csv.Content.Headers.ContentDisposition!.ToString(), StringComparison.Ordinal);
        var lines = (await csv.Content.ReadAsStringAsync()).TrimEnd().Split("\r\n");
        Assert.Equal(3, lines.Length);
        Assert.Contains(lines, l => l.StartsWith("\"'=HYPERLINK(1)\",invalid,", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("\"comma,\"\"quote\",invalid,", StringComparison.Ordinal));
        var runs = (await world.Http.GetStringAsync("/api/syncs/people/runs?format=ndjson")).TrimEnd().Split('\n')
            .Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal((7, 2, 5), ((int)runs[0]["read"]!, (int)runs[0]["invalid"]!, (int)runs[0]["accepted"]!));
    }

    [Fact]
    public async Task Cancelled_run_says_so_and_an_ended_one_cannot_be_cancelled()
    {
        await using var world = await ServedProject.StartAsync(visitors: 20, more: "batch_size: 1");
        await world.Simulator.Control.AddFaultsAsync(new PendoSimulator.Faults.FaultRule
        {
            Action = PendoSimulator.Faults.FaultAction.Delay,
            Milliseconds = 200
        });
        var (_, run) = await world.SendAsync(HttpMethod.Post, "/api/syncs/people/runs");
        var (status, other) = await world.SendAsync(HttpMethod.Post, "/api/syncs/people/runs");
        Assert.Equal((409, (string?)run["run_id"]), (status, (string?)other["run_id"]));
        var (cancelled, ended) = await world.SendAsync(HttpMethod.Post, $"/api/runs/{run["run_id"]}/cancel");
        Assert.Equal((200, "cancelled"), (cancelled, (string?)ended["state"]));
        await world.Simulator.Control.ClearFaultsAsync();
        var done = await world.RunAsync();
        Assert.Equal(409, (await world.SendAsync(HttpMethod.Post, $"/api/runs/{done["run_id"]}/cancel")).Status);
    }

    [Fact]
    public async Task Run_that_a_reset_ends_is_told_to_alerts_and_telemetry_like_every_other()
    {
        await using var world = await ServedProject.StartAsync(visitors: 20, more: "batch_size: 1");
        var (told, tell) = (new ConcurrentQueue<RunRecord>(), world.Engine.Ender.Ended!);
        world.Engine.Ender.Ended = (ended, ct) =>
        {
            told.Enqueue(ended);
            return tell(ended, ct);
        };
        await world.Simulator.Control.AddFaultsAsync(new PendoSimulator.Faults.FaultRule
        {
            Action = PendoSimulator.Faults.FaultAction.Delay,
            Milliseconds = 200
        });
        var (_, run) = await world.SendAsync(HttpMethod.Post, "/api/syncs/people/runs");
        Assert.Equal(200, (await world.SendAsync(HttpMethod.Post, "/api/syncs/people/reset", "{}")).Status);
        await world.EndOfAsync((string)run["run_id"]!);
        var ended = Assert.Single(told);
        Assert.Equal(((string?)run["run_id"], RunState.Cancelled), (ended.RunId, ended.State));
    }

    [Fact]
    public async Task Record_tells_its_story()
    {
        await using var world = await ServedProject.StartAsync();
        await world.RunAsync();
        var story = await world.GetAsync("/api/syncs/people/record?key=v2");
        Assert.Equal(("accepted", "unchanged"), ((string?)story["last_outcome"], (string?)story["decision"]));
    }
}
