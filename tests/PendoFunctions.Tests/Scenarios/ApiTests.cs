using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PendoFunctions.Tests.Worlds;

namespace PendoFunctions.Tests.Scenarios;

/// <summary>What the HTTP interface of the app refuses, and how.</summary>
public sealed class ApiTests(OneApp one) : IClassFixture<OneApp>
{
    private readonly AppWorld _world = one.World;

    [Fact]
    public async Task Every_endpoint_but_health_and_the_pages_shell_asks_for_the_key()
    {
        var (app, sync) = (one.App, one.Sync);
        (HttpMethod, string)[] guarded =
        [
            (HttpMethod.Get, "/api/syncs"), (HttpMethod.Get, $"/api/syncs/{sync}"), (HttpMethod.Post, $"/api/syncs/{sync}/runs"),
            (HttpMethod.Get, $"/api/syncs/{sync}/runs"), (HttpMethod.Get, "/api/runs/none"), (HttpMethod.Post, "/api/runs/none/cancel"),
            (HttpMethod.Get, $"/api/syncs/{sync}/rejected"), (HttpMethod.Get, $"/api/syncs/{sync}/record?key=a"),
                (HttpMethod.Post, $"/api/syncs/{sync}/pause"),
            (HttpMethod.Post, $"/api/syncs/{sync}/resume"), (HttpMethod.Post, $"/api/syncs/{sync}/reset"),
        ];

        foreach (var (method, path) in guarded)
        {
            using var without = await _world.SendAsync(app, method, path, key: null);
            using var wrong = await _world.SendAsync(app, method, path, key: "wrong");
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, without.StatusCode));
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, wrong.StatusCode));
        }

        Assert.Equal(0, _world.Requests.ActiveMessageCount);
        foreach (var open in new[] { "/api/health", "/api/status" })
        {
            using var answer = await _world.SendAsync(app, HttpMethod.Get, open, key: null);
            Assert.Equal((open, HttpStatusCode.OK), (open, answer.StatusCode));
            Assert.DoesNotContain(sync, await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_second_start_is_refused_with_the_active_runs_id()
    {
        await using var world = await AppWorld.CreateAsync(one.Azurite);
        var sync = world.AddVisitors("visitors", rows: 10);
        var app = await world.StartAppAsync(AppWorld.Without("RequestedSync"));
        var id = await world.StartRunAsync(app, sync);

        using var second = await world.SendAsync(app, HttpMethod.Post, $"/api/syncs/{sync}/runs", "{}");

        var problem = await Problem(second, HttpStatusCode.Conflict);
        Assert.Equal(id, problem.GetProperty("run_id").GetString());
        Assert.Equal("requested", (await world.GetAsync(app, $"/api/runs/{id}")).GetProperty("state").GetString());
        Assert.Equal(1, world.Requests.ActiveMessageCount);
    }

    [Fact]
    public async Task A_started_run_is_followed_by_HTTP_to_its_end()
    {
        var (app, sync) = (one.App, one.Sync);

        using var answer = await _world.SendAsync(app, HttpMethod.Post, $"/api/syncs/{sync}/runs", """{"mode":"full"}""");

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var started = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(sync, started.GetProperty("sync").GetString());
        Assert.Equal($"/api/runs/{started.GetProperty("run_id").GetString()}", answer.Headers.Location!.ToString());
        JsonElement run = default;
        await _world.UntilAsync(async () =>
        {
            run = await _world.GetAsync(app, answer.Headers.Location.ToString());
            return run.GetProperty("state").GetString() == "completed";
        }, "the run is completed");
        Assert.Equal((25, 25, 3),
            (run.GetProperty("read").GetInt32(), run.GetProperty("accepted").GetInt32(), run.GetProperty("calls").GetInt32()));
        var runs = await _world.GetAsync(app, $"/api/syncs/{sync}/runs");
        Assert.Equal(run.GetProperty("run_id").GetString(), runs.GetProperty("items")[0].GetProperty("run_id").GetString());
        Assert.Equal(25, await _world.VisitorsAsync());
    }

    [Fact]
    public async Task Without_a_key_in_the_vault_nobody_is_let_in()
    {
        await using var world = await AppWorld.CreateAsync(one.Azurite);
        world.AddVisitors("visitors", rows: 1);
        world.Vault.Secrets.Remove(ApiKey.Secret, out _);
        var app = await world.StartAppAsync();

        using var answer = await world.SendAsync(app, HttpMethod.Get, "/api/syncs", key: "");

        Assert.False(answer.IsSuccessStatusCode);
        Assert.DoesNotContain("items", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("POST", "/api/syncs/{sync}/runs", "{\"mode\":", 400)]
    [InlineData("POST", "/api/syncs/{sync}/runs", "[]", 422)]
    [InlineData("POST", "/api/syncs/{sync}/runs", "{\"mode\":\"other\"}", 422)]
    [InlineData("POST", "/api/syncs/none/runs", "{}", 404)]
    [InlineData("GET", "/api/syncs/none", null, 404)]
    [InlineData("GET", "/api/runs/none", null, 404)]
    [InlineData("GET", "/api/syncs/{sync}/record", null, 422)]
    [InlineData("GET", "/api/nowhere", null, 404)]
    public async Task A_refused_request_says_why(string method, string path, string? body, int status)
    {
        var (app, sync) = (one.App, one.Sync);

        using var answer = await _world.SendAsync(app, new HttpMethod(method), path.Replace("{sync}", sync, StringComparison.Ordinal),
            body);

        var problem = await Problem(answer, (HttpStatusCode)status);
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.Equal(0, _world.Requests.ActiveMessageCount);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        var (app, sync) = (one.App, one.Sync);

        using var answer = await _world.SendAsync(app, HttpMethod.Post, $"/api/syncs/{sync}/runs",
            $"{{\"mode\":\"{new string('x', 2_000_000)}\"}}");

        await Problem(answer, HttpStatusCode.RequestEntityTooLarge);
    }

    // RFC 9457.
    private static async Task<JsonElement> Problem(HttpResponseMessage answer, HttpStatusCode status)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{(int)answer.StatusCode}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        return problem;
    }
}
