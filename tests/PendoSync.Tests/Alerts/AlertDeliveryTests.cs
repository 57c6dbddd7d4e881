using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using PendoSync.Tests.Operations.Served;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Alerts;

public sealed class AlertDeliveryTests
{
    [Fact]
    public async Task Failure_is_told_once_signed_and_with_its_fix_and_so_is_the_recovery()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var world = await ServedProject.CreateAsync(alerts: Alerts(receiver, "secret: \"${secret:signing}\""));
        world.Sync("people", "missing_table");
        await world.ServeAsync();
        Assert.Equal("failed", (string?)(await world.RunAsync())["state"]);
        Assert.Equal("failed", (string?)(await world.RunAsync())["state"]);
        var alert = await receiver.NextAsync();
        Verify(alert);
        var body = JsonNode.Parse(alert.Text)!;
        Assert.Equal(("pendosync.run_failed", "people"), ((string?)body["type"], (string?)body["data"]!["sync"]));
        Assert.Contains("missing_table", (string?)body["data"]!["message"], StringComparison.Ordinal);
        Assert.True(((string?)body["data"]!["fix"])?.Length > 0);
        Assert.True(receiver.IsEmpty);

        world.Execute("alter table people rename to missing_table");
        Assert.Equal("completed", (string?)(await world.RunAsync())["state"]);
        Assert.Equal("pendosync.recovered", (string?)JsonNode.Parse((await receiver.NextAsync()).Text)!["type"]);
        Assert.True(receiver.IsEmpty);
    }

    [Fact]
    public async Task Message_is_sent_again_with_the_same_id_until_it_is_taken()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answers.Enqueue(503);
        await using var world = await ServedProject.CreateAsync(alerts: Alerts(receiver));
        world.Sync("people", "missing_table");
        await world.ServeAsync();
        await world.RunAsync();
        var (first, second) = (await receiver.NextAsync(), await receiver.NextAsync());
        Assert.Equal(first.Headers["webhook-id"], second.Headers["webhook-id"]);
        Assert.Equal(first.Text, second.Text);
        Assert.False(first.Headers.ContainsKey("webhook-signature"));
    }

    [Fact]
    public async Task Receiver_that_is_away_fails_no_run_and_hears_it_later()
    {
        await using var receiver = await Receiver.StartAsync();
        for (var i = 0; i < 3; i++)
            receiver.Answers.Enqueue(500);
        await using var world = await ServedProject.CreateAsync(alerts: Alerts(receiver, "on: [invalid_share]", "invalid_percent: 1"));
        world.Execute("insert into people values ('v1', 'again')");
        await world.ServeAsync();
        Assert.Equal("completed_with_errors", (string?)(await world.RunAsync())["state"]);
        for (var i = 0; i < 3; i++)
            await receiver.NextAsync();
        // It waits in the state for a minute; made due again, the next tick of the clock sends it.
        await Until.HoldsAsync(async () =>
        {
            await world.Engine.State.Alerts.ChangeAsync("team", "people", (now, at) =>
                now with { Outbox = [.. now.Outbox.Select(m => m with { NextTry = at })] }, CancellationToken.None);
            return !receiver.IsEmpty;
        }, "an alert arrives");

        Assert.Equal("pendosync.invalid_share", (string?)JsonNode.Parse((await receiver.NextAsync()).Text)!["type"]);
    }

    [Fact]
    public async Task Receiver_that_hangs_delays_no_other_one_and_no_sync()
    {
        await using var quick = await Receiver.StartAsync();
        await using var slow = await Receiver.StartAsync();
        slow.Hangs = true;
        await using var world = await ServedProject.CreateAsync(
            alerts: $"alerts:\n  - name: slow\n    url: {slow.Address}/a\n  - name: team\n    url: {quick.Address}/b\n");
        world.Sync("people", "missing_table", "every: 2s");
        world.Sync("others", "people", "every: 2s");
        await world.ServeAsync();
        // Both receivers are told at the same time, and while one says nothing the clock goes on.
        var first = await slow.NextAsync();
        await quick.NextAsync();
        var runs = await RunsAsync();
        await Until.HoldsAsync(async () => await RunsAsync() >= runs + 2, "the other sync goes on");
        // On a slow machine it may have been given up meanwhile, and sent again.
        while (!slow.IsEmpty)
            Assert.Equal(first.Headers["webhook-id"], (await slow.NextAsync()).Headers["webhook-id"]);

        async Task<int> RunsAsync() => await world.Engine.State.Runs.ListAsync("others", null, default).CountAsync();
    }

    [Fact]
    public async Task Slack_gets_its_own_format()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var world = await ServedProject.CreateAsync(alerts: Alerts(receiver, "format: slack"));
        world.Sync("people", "missing_table");
        await world.ServeAsync();
        await world.RunAsync();
        var text = (string)JsonNode.Parse((await receiver.NextAsync()).Text)!["text"]!;
        Assert.StartsWith(":red_circle: *people*: ", text, StringComparison.Ordinal);
        Assert.Contains("What to do: ", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("webhook")]
    [InlineData("slack")]
    public async Task A_share_of_refused_records_is_told_with_their_groups_before_the_run(string format)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var world = await ServedProject.CreateAsync(alerts:
            Alerts(receiver, "on: [invalid_share]", "invalid_percent: 1", $"format: {format}"));
        world.Execute("insert into people values ('v1', 'again'), ('v2', 'again'), (null, 'x')");
        await world.ServeAsync();
        await world.RunAsync();

        var text = (await receiver.NextAsync()).Text;
        string[] groups = format == "slack"
            ? ["2 x invalid: column 'id': an earlier row of the same read has this key (repeated_key)", "1 x invalid: ", "What to do",
                "Run: "]
            : ["\"repeated_key\"", "\"null_key\"", "\"run\":{"];
        Assert.Equal(groups.Select(g => text.IndexOf(g, StringComparison.Ordinal)).Order(),
            groups.Select(g => text.IndexOf(g, StringComparison.Ordinal)));
        Assert.All(groups, g => Assert.Contains(g, text, StringComparison.Ordinal));
        if (format == "webhook")
            Assert.Equal([2, 1], JsonNode.Parse(text)!["data"]!["groups"]!.AsArray().Select(g => (int)g!["count"]!));
    }

    private static string Alerts(Receiver receiver, params string[] more) =>
        $"alerts:\n  - name: team\n    url: {receiver.Address}/hook\n{string.Concat(more.Select(m => $"    {m}\n"))}";

    // Written from the specification, not from our sender.
    private static void Verify(Received alert)
    {
        var signed = Encoding.UTF8.GetBytes(alert.Headers["webhook-id"] + "." + alert.Headers["webhook-timestamp"] + "." + alert.Text);
        using var hmac = new HMACSHA256(Encoding.UTF8.GetBytes("a secret of twenty-four bytes"));
        var signature = alert.Headers["webhook-signature"].Split(' ').Select(s => s.Split(',')).Single(s => s[0] == "v1")[1];
        Assert.Equal(Convert.ToBase64String(hmac.ComputeHash(signed)), signature);
        Assert.InRange(DateTimeOffset.FromUnixTimeSeconds(long.Parse(alert.Headers["webhook-timestamp"])), TimeProvider.System.GetUtcNow()
            .AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5));
    }
}
