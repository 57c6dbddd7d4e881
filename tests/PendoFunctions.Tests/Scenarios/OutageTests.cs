using System.Diagnostics;
using System.Net;
using Azure.Messaging.ServiceBus;
using FunctionsHost;
using PendoFunctions.Tests.Worlds;
using PendoSimulator.Faults;
using PendoSync.State;
using ServiceBusBroker;

namespace PendoFunctions.Tests.Scenarios;

/// <summary>Storage, queue or vault of the app are away: callers hear it within seconds, and no record is given up for it.</summary>
public sealed class OutageTests(Azurite azurite) : IAsyncLifetime, IClassFixture<Azurite>
{
    // Azure itself cuts at 230 s.
    private static readonly TimeSpan Seconds = TimeSpan.FromSeconds(20);

    private AppWorld _world = null!;
    private Gate _tables = null!;

    public async Task InitializeAsync()
    {
        _world = await AppWorld.CreateAsync(azurite);
        _tables = new Gate(TablesPort);
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        _tables.Dispose();
    }

    [Fact]
    public async Task Three_minutes_without_tables_in_the_middle_of_400_records_give_nothing_up()
    {
        var sync = _world.AddVisitors("visitors", rows: 400, batchSize: 10);
        await _world.Pendo.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Action = FaultAction.Delay,
            Milliseconds = 200
        });
        var app = await StartAsync();
        var id = await _world.StartRunAsync(app, sync);
        await _world.UntilAsync(async () => await _world.VisitorsAsync() >= 60, "60 visitors");

        _tables.Close(silent: false);
        for (var minute = 0; minute < 3; minute++)
        {
            await _world.UntilAsync(() => _world.Batches.ScheduledMessageCount > 0, "batches are put back");
            _world.Clock.Skip(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(0, _world.Batches.DeadLetterMessageCount);
        _tables.Open();
        var run = await EndAsync(app, id);

        Assert.True(run.Counts.GivenUp == 0, run.ToString());
        Assert.Equal((RunState.Completed, 400), (run.State, await _world.VisitorsAsync()));
        Assert.Equal(0, _world.Batches.DeadLetterMessageCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Callers_hear_within_seconds_that_tables_are_away(bool silent)
    {
        var sync = _world.AddVisitors("visitors", rows: 1);
        var app = await StartAsync();
        await _world.GetAsync(app, "/api/syncs");
        _tables.Close(silent);

        var refused = await Task.WhenAll(RefusedAsync(app, HttpMethod.Get, "/api/syncs"), RefusedAsync(app, HttpMethod.Get, "/api/health"),
            RefusedAsync(app, HttpMethod.Post, $"/api/syncs/{sync}/runs"));
        Assert.All(refused, says => Assert.Contains("StateTables", says, StringComparison.Ordinal));

        _tables.Open();
        await _world.StartRunAsync(app, sync);
    }

    [Fact]
    public async Task A_vault_that_is_away_lets_nobody_in_and_health_answers_all_the_same()
    {
        _world.AddVisitors("visitors", rows: 1);
        _world.Vault.Refusal = HttpStatusCode.ServiceUnavailable;
        var app = await StartAsync();

        Assert.DoesNotContain("our-vault", await RefusedAsync(app, HttpMethod.Get, "/api/syncs"), StringComparison.Ordinal);
        using var health = await _world.SendAsync(app, HttpMethod.Get, "/api/health", key: null);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);

        _world.Vault.Refusal = null;
        await _world.GetAsync(app, "/api/syncs");
    }

    [Fact]
    public async Task A_queue_that_is_missing_disabled_or_silent_is_the_apps_fault_and_the_next_request_is_taken()
    {
        var sync = _world.AddVisitors("visitors", rows: 3);
        var app = await StartAsync();

        var lost = await _world.StartAppAsync(new Dictionary<string, string>(AppWorld.Without("RequestedSync"), StringComparer.Ordinal)
        {
            ["SyncRequestsQueue"] = "nobody-made-this",
        });
        Assert.Contains("Create it", await RefusedAsync(lost, HttpMethod.Post, $"/api/syncs/{sync}/runs"), StringComparison.Ordinal);
        _world.Requests.Disabled = true;
        Assert.Contains("Enable it", await RefusedAsync(app, HttpMethod.Post, $"/api/syncs/{sync}/runs"), StringComparison.Ordinal);
        _world.Requests.Disabled = false;
        _world.Broker.Network.Silent = true;
        Assert.Contains("Try again", await RefusedAsync(app, HttpMethod.Post, $"/api/syncs/{sync}/runs"), StringComparison.Ordinal);
        _world.Broker.Network.Silent = false;

        var run = await EndAsync(app, await _world.StartRunAsync(app, sync));
        Assert.Equal((RunState.Completed, 3L), (run.State, run.Counts.Accepted));
    }

    [Fact]
    public async Task A_request_that_comes_while_tables_are_away_is_no_dead_letter_and_is_asked_for_again()
    {
        var sync = _world.AddVisitors("visitors", rows: 3);
        var asking = await StartAsync("RequestedSync");
        var id = await _world.StartRunAsync(asking, sync);
        await asking.StopAsync();
        _tables.Close(silent: false);
        var app = await StartAsync();
        await _world.UntilAsync(() => _world.Requests is { ActiveMessageCount: 0 }, "the request is let go");
        Assert.Equal(0, _world.Requests.DeadLetterMessageCount);

        _tables.Open();
        var run = await EndAsync(app, id);
        Assert.Equal((RunState.Completed, 3L), (run.State, run.Counts.Accepted));
    }

    [Fact]
    public async Task A_batch_that_cannot_even_be_put_back_keeps_its_lock_instead_of_using_up_its_deliveries()
    {
        var sync = _world.AddVisitors("visitors", rows: 10);
        var planning = await StartAsync("DeliverBatch");
        var id = await _world.StartRunAsync(planning, sync);
        await _world.UntilAsync(async () => (await _world.RunAsync(id)).State == RunState.Delivering, "planned");
        await planning.StopAsync();

        _tables.Close(silent: false);
        _world.Batches.Fail(new Fault(Operation.Send, Conditions.Timeout), times: 100);
        var app = await StartAsync();
        await _world.UntilAsync(() => _world.Logs.Any(l => l.Message.Contains("could not even be put back", StringComparison.Ordinal)),
            "the put-back fails");
        Assert.Equal((1, 0), (_world.Batches.LockedMessageCount, _world.Batches.DeadLetterMessageCount));

        _tables.Open();
        _world.Clock.Skip(TimeSpan.FromMinutes(6));
        var run = await EndAsync(app, id);
        Assert.Equal((RunState.Completed, 10L, 0L), (run.State, run.Counts.Accepted, run.Counts.GivenUp));
    }

    [Fact]
    public async Task A_batch_whose_deliveries_are_used_up_gets_them_once_more()
    {
        var sync = _world.AddVisitors("visitors", rows: 10);
        var planning = await _world.StartAppAsync(AppWorld.Without("DeliverBatch", "DeadLetteredBatch"));
        var id = await _world.StartRunAsync(planning, sync);
        await _world.UntilAsync(async () => (await _world.RunAsync(id)).State == RunState.Delivering, "planned");
        await AbandonAsync();
        await planning.StopAsync();

        var giving = await _world.StartAppAsync(AppWorld.Without("DeliverBatch"));
        await _world.UntilAsync(() => _world.Batches is { ActiveMessageCount: 1, DeadLetterMessageCount: 0 }, "the batch is back");
        // Twice is enough: then it is the batch's own fault.
        await AbandonAsync();
        var run = await _world.EndedAsync(id);
        Assert.Equal((RunState.Failed, 10L), (run.State, run.Counts.GivenUp));
        await giving.StopAsync();
    }

    private Task<AppHost> StartAsync(params string[] without) => _world.StartAppAsync(new Dictionary<string, string>(
        AppWorld.Without(without), StringComparer.Ordinal)
    {
        ["StateTables"] = azurite.ConnectionString.Replace($":{TablesPort}/", $":{_tables.Port}/", StringComparison.Ordinal),
    });

    private int TablesPort => new Uri(azurite.ConnectionString.Split("TableEndpoint=")[1].TrimEnd(';')).Port;

    // What 503 says, within seconds.
    private async Task<string> RefusedAsync(AppHost app, HttpMethod method, string path)
    {
        var watch = Stopwatch.StartNew();
        using var answer = await _world.SendAsync(app, method, path, method == HttpMethod.Post ? "{}" : null);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, $"{path}: {(int)answer.StatusCode} {body}");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Seconds);
        return body;
    }

    private Task<RunRecord> EndAsync(AppHost app, string id) => _world.EndedAsync(id, async () =>
    {
        // A batch in work would lose its lock, and with it one of its deliveries, if time were skipped under it.
        if (_world.Batches.ActiveMessageCount > 0)
            return;
        _world.Clock.Skip(TimeSpan.FromMinutes(2));
        await AppWorld.TickAsync(app);
    }, seconds: 180);

    private async Task AbandonAsync()
    {
        await using var client = new ServiceBusClient(_world.Broker.ConnectionString);
        await using var receiver = client.CreateReceiver("record-batches");
        for (var delivery = 0; delivery < _world.Batches.MaxDeliveryCount; delivery++)
            await receiver.AbandonMessageAsync(await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(10)));
    }
}
