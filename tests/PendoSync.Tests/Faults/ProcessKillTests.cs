using PendoSync.Engine;
using PendoSync.Tests.Worlds;
using Xunit.Abstractions;

namespace PendoSync.Tests.Faults;

/// <summary>
/// SIGKILL of the real command line at random moments of a run, over and over; then one run to its end, and a look into the simulator's own
/// log.
/// </summary>
public sealed class ProcessKillTests(ITestOutputHelper output)
{
    private const int Kills = 100;
    private const int Chunk = 10;

    [Theory]
    [InlineData("visitor")]
    [InlineData("account")]
    public async Task Values_equal_the_warehouse_after_kills(string kind)
    {
        await using var place = await KilledProject.StartAsync($$"""
            object: {{kind}}
            behavior: update_or_create
            key: id
            fields: { plan: plan }
            batch_size: 25
            """);
        var kills = await place.KillAsync(Full.Count(Kills), seed: kind.Length, run =>
            place.Warehouse.Execute($"update rows set plan = 'p{run}' where rowid % 3 = {run % 3}"));

        await place.CompleteAsync();
        var expected = place.Warehouse.Query("select id, plan from rows").OrderBy(r => r.Key, StringComparer.Ordinal);
        Assert.Equal(expected, (await place.HeldAsync(kind)).OrderBy(r => r.Key, StringComparer.Ordinal));
        output.WriteLine($"{kind}: {kills}");
    }

    [Theory]
    [InlineData("at_least_once")]
    [InlineData("at_most_once")]
    public async Task Events_arrive_as_their_policy_says_after_kills(string delivery)
    {
        await using var place = await KilledProject.StartAsync($$"""
            object: track_event
            behavior: send
            app: web-app
            key: id
            event: { name: { constant: used }, visitor_id: plan, timestamp: at, properties: { ref: id } }
            delivery: {{delivery}}
            chunk: {{Chunk}}
            concurrency: 4
            batch_size: 50
            """);
        var kills = await place.KillAsync(Full.Count(Kills), seed: delivery.Length,
            run => place.Warehouse.Execute($"insert into rows select 'more{run}-' || id, plan, at from rows where id like 'r%' limit 60"));

        // Of a killed run the unknown ones are known when the next one has begun.
        await place.CompleteAsync();
        var received = await place.ReceivedAsync();
        var again = received.Count - received.Distinct(StringComparer.Ordinal).Count();
        var missing = place.Warehouse.Query("select id, plan from rows").Keys.Except(received, StringComparer.Ordinal).ToList();
        output.WriteLine($"{delivery}: {kills}; {received.Count} received, {again} again, {missing.Count} missing");
        var inFlight = kills.Count * Chunk * LocalRunner.EventDeliverers;
        if (delivery == "at_least_once")
        {
            Assert.Empty(missing);
            Assert.InRange(again, 0, inFlight);
        }
        else
        {
            Assert.Equal(0, again);
            Assert.InRange(missing.Count, 0, inFlight);
            var listed = await place.UnknownAsync();
            Assert.All(missing, id => Assert.Contains(id, listed));
        }
    }
}
