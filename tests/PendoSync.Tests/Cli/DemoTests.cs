using System.Text.RegularExpressions;
using System.Text.Json;
using PendoSimulator;
using PendoSync.Cli.Demo;
using PendoSync.Tests.Worlds;
using PendoSync.Values;

namespace PendoSync.Tests.Cli;

public sealed class DemoTests
{
    // Every bad row of the demo's warehouse, and every refusal of its Pendo.
    private static readonly string[] _reasons =
    [
        "invalid: 1 x column 'account_id': the key is null (null_key)",
        "invalid: 1 x column 'account_id': an earlier row of the same read has this key (repeated_key) (for example acme-0007)",
        $"invalid: 1 x column 'renewal_date': {Rules.Explain(Rules.NotTime)} (not_a_time) (for example acme-bad-date)",
        "invalid: 1 x column 'visitor_id': the key is null (null_key)",
        $"invalid: 1 x column 'visitor_id': {Rules.Explain(Rules.EmptyKey)} (empty_key)",
        "invalid: 1 x column 'visitor_id': the id is a placeholder or an anonymous visitor of Pendo's (reserved_id) "
            + "(for example _PENDO_T_abc123)",
        "invalid: 1 x column 'visitor_id': an earlier row of the same read has this key (repeated_key) (for example user-00001)",
        "invalid: 1 x column 'logins': the value is not a number (not_a_number) (for example user-words)",
        "invalid: 1 x column 'logins': NaN and Infinity cannot be sent (not_finite) (for example user-infinite)",
        $"invalid: 1 x column 'last_login_at': {Rules.Explain(Rules.NotTime)} (not_a_time) (for example user-no-time)",
        "invalid: 1 x the record is over 128 KB (too_large) (for example user-novel)",
        "invalid: 1 x column 'occurred_at': the event lies in the future (in_future) (for example evt-tomorrow)",
        "invalid: 1 x column 'visitor_id': the event has no visitor id (no_visitor_id) (for example evt-nobody)",
        "invalid: 1 x the properties are over the size Pendo shows (properties_too_large) (for example evt-long)",
    ];

    [Fact]
    public async Task Demo_runs_everything_twice_sends_one_in_a_hundred_again_and_leaves_nothing_behind()
    {
        using var temporary = new TemporaryFolder();
        var demo = (await CliProcess.RunAsync(["demo", "--json"], new Dictionary<string, string>
        {
            ["TMPDIR"] = temporary.Path,
            // It runs on this machine alone, whatever proxy leads out of it.
            ["http_proxy"] = "http://proxy.invalid:8080",
            ["ALL_PROXY"] = "http://proxy.invalid:8080",
        })).Ended(0);
        var runs = demo.Json.GetProperty("runs").EnumerateArray().ToList();
        Assert.All(runs, r => Assert.StartsWith("completed", r.GetProperty("state").GetString(), StringComparison.Ordinal));
        Assert.Equal([.. DemoProject.Syncs, .. DemoProject.Syncs], runs.Select(r => r.GetProperty("sync").GetString()!));
        int[] good = [DemoWarehouse.Accounts, DemoWarehouse.Visitors - DemoWarehouse.RejectedVisitors.Count, DemoWarehouse.Scores,
            DemoWarehouse.Events];
        Assert.Equal(good, runs.Take(4).Select(r => r.GetProperty("accepted").GetInt32()));
        int[] changed = [DemoWarehouse.Accounts / 100, DemoWarehouse.Visitors / 100, DemoWarehouse.Scores / 100,
            DemoWarehouse.Events / 100];
        Assert.Equal(changed, runs.Skip(4).Select(r => r.GetProperty("accepted").GetInt32()));
        Assert.Equal(changed, runs.Skip(4).Select(r => r.GetProperty("planned").GetInt32()));
        Assert.Equal([3, 8, 0, 43], runs.Take(4).Select(r => r.GetProperty("invalid").GetInt32()));
        Assert.Equal((3, 8), (runs[1].GetProperty("rejected").GetInt32(), runs[2].GetProperty("not_found").GetInt32()));
        Assert.Equal((3, 8), (runs[5].GetProperty("waiting").GetInt32(), runs[6].GetProperty("waiting").GetInt32()));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(temporary.Path), e =>
            Path.GetFileName(e).StartsWith("pendosync-demo", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Demo_keeps_a_project_that_plan_run_and_explain_work_on()
    {
        using var folder = new TemporaryFolder();
        var kept = folder.File("kept");
        var demo = (await CliProcess.RunAsync(["demo", "--keep", kept])).Ended(0);
        foreach (var reason in _reasons)
            Assert.Contains("\n  " + reason + "\n", demo.Output, StringComparison.Ordinal);
        // The id inside a reason is not kept, so what Pendo says of three records is one reason.
        Assert.Contains(DemoWarehouse.RejectedVisitors, id => demo.Output.Contains(
            $"\n  rejected: {DemoWarehouse.RejectedVisitors.Count} x "
            + $"(id): field \"role\" is managed by another integration (for example {id}, ", StringComparison.Ordinal));
        // From a build in the tree, or as it is released.
        var own = Regex.Match(demo.Output, "(?m)^  (.*) simulate ").Groups[1].Value;
        Assert.Matches(@"^(dotnet run .*--project \S*src/PendoSync\.Cli --|dotnet \S*PendoSync\.Cli\.dll)\z", own);
        foreach (var next in new[] { "plan", "run", "explain visitor-profile user-00042", "problems visitor-profile",
            "reset visitor-profile", "reset feature-events --forget-events" })
            Assert.Contains($"  {own} {next} --project {kept}\n", demo.Output, StringComparison.Ordinal);
        // Nothing is left of what its own Pendo accepted, so nothing needs to be reset.
        Assert.False(Directory.Exists(Path.Combine(kept, ".pendosync")), "the state was left");
        foreach (var file in new[] { "pendosync.yaml", ".env", "warehouse.db", "syncs/visitor-profile.yaml" })
            Assert.True(File.Exists(Path.Combine(kept, file)), file);
        foreach (var outcome in new[] { "read", "unchanged", "invalid", "retry scheduled", "sent", "accepted", "not found", "rejected" })
            Assert.Matches($@"(?m)^  {outcome} ", demo.Output);
        Assert.Contains("\n  by field: role 5\n", demo.Output, StringComparison.Ordinal);
        Assert.Contains("  role: \"changed by somebody else\" -> ", demo.Output, StringComparison.Ordinal);
        Assert.Contains("the next run sends 5 that differ", demo.Output, StringComparison.Ordinal);
        // Which of several rows is the example depends on their hashes.
        Assert.Contains("  not found: 8 x Pendo does not know the id (for example left-long-ago-", demo.Output, StringComparison.Ordinal);
        Assert.Contains(
            "  invalid: 40 x column 'occurred_at': Pendo does not process events older than 7 days (too_old) (for example evt-old-",
            demo.Output, StringComparison.Ordinal);

        // Another port than the default one, which another test run may hold.
        await using var pendo = await PendoSimulatorHost.StartAsync();
        var connections = Path.Combine(kept, "pendosync.yaml");
        File.WriteAllText(connections, File.ReadAllText(connections)
            .Replace("http://127.0.0.1:4010", pendo.BaseAddress.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal));
        var plan = (await CliCall.RunAsync(["plan", "account-health", "--json", "--project", kept]))
            .Ended(0).Json.GetProperty("syncs")[0];
        Assert.Equal(DemoWarehouse.Accounts, plan.GetProperty("reasons").GetProperty("new").GetInt32());
        var runs = (await CliCall.RunAsync(["run", .. DemoProject.Syncs, "--json", "--project", kept])).Ended(0).Json.GetProperty("runs")
            .EnumerateArray().ToList();
        Assert.Equal([DemoWarehouse.Accounts, DemoWarehouse.Visitors, DemoWarehouse.Scores, DemoWarehouse.Events
            + (DemoWarehouse.Events / 100)], runs.Select(r => r.GetProperty("accepted").GetInt32()));
        var story = (await CliCall.RunAsync(["explain", "visitor-profile", "user-00042", "--json", "--project", kept])).Ended(0).Json;
        Assert.Equal("unchanged", story.GetProperty("decision").GetString());
        var old = (await CliCall.RunAsync(["explain", "feature-events", "evt-old-0001", "--json", "--project", kept])).Ended(0).Json;
        Assert.Equal("too_old", old.GetProperty("invalid").GetProperty("rule").GetString());
        (await CliProcess.RunAsync(["demo", "--keep", kept])).Ended(2);
    }

    [Fact]
    public async Task Demo_that_is_interrupted_before_its_first_run_still_hands_its_project_over()
    {
        using var folder = new TemporaryFolder();
        var kept = folder.File("kept");
        using var demo = CliProcess.Start(["demo", "--keep", kept]);
        // The warehouse is made before anything runs, and that takes longer than a signal.
        await Until.HoldsAsync(() => File.Exists(Path.Combine(kept, "warehouse.db")));
        await demo.SignalAsync("INT");
        var ended = (await demo.EndAsync()).Ended(1);
        Assert.DoesNotContain("unexpected", ended.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(kept, ".pendosync")), "the state was left");
        Assert.Contains("api_url: http://127.0.0.1:4010\n", File.ReadAllText(Path.Combine(kept, "pendosync.yaml")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Simulate_says_its_address_and_ends_on_interrupt()
    {
        using var running = CliProcess.Start(["simulate", "--port", "0", "--json"]);
        var line = await running.FirstLineAsync();
        var address = JsonDocument.Parse(line).RootElement.GetProperty("address").GetString()!;
        using var http = new HttpClient { BaseAddress = new Uri(address) };
        http.DefaultRequestHeaders.Add("x-pendo-integration-key", "demo-key");
        Assert.Equal("""{"valid":true,"writeAccess":true}""", await http.GetStringAsync("/api/v1/token/verify"));
        await running.SignalAsync("INT");
        (await running.EndAsync()).Ended(0);
        (await CliCall.RunAsync(["simulate", "--field", "nonsense"])).Ended(2);
    }
}
