using PendoFunctions.Tests.Worlds;
using PendoSync.Tests.Worlds;
using Xunit.Abstractions;

namespace PendoFunctions.Tests.Kills;

/// <summary>SIGKILL of the app's process at random moments; then the app to its end, and a look into the simulator's own log.</summary>
public sealed class AppKillTests(Azurite azurite, ITestOutputHelper output) : IClassFixture<Azurite>
{
    private const int Kills = 100;

    // host.json: messages in work at a time.
    private const int ConcurrentCalls = 4;

    [Fact]
    public async Task Nothing_is_lost_when_the_app_is_killed()
    {
        await using var deployment = await KilledDeployment.StartAsync(azurite);
        var kills = Full.Count(Kills);
        await deployment.KillAsync(kills, seed: 1);
        await deployment.CompleteAsync();

        foreach (var kind in new[] { "visitor", "account" })
        {
            var expected = deployment.Warehouse.Query($"select id, plan from {kind}").OrderBy(r => r.Key, StringComparer.Ordinal);
            Assert.Equal(expected, (await deployment.HeldAsync(kind)).OrderBy(r => r.Key, StringComparer.Ordinal));
        }

        var (again, missing) = await CompareAsync(deployment, "at_least_once", kills);
        Assert.Empty(missing);
        Assert.InRange(again, 0, kills * ConcurrentCalls * KilledDeployment.Chunk);

        (again, missing) = await CompareAsync(deployment, "at_most_once", kills);
        Assert.Equal(0, again);
        Assert.InRange(missing.Count, 0, kills * ConcurrentCalls * KilledDeployment.Chunk);
        var listed = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var refused in deployment.State.Rejections.ListAsync(deployment.Sync("at-most-once"), null, CancellationToken.None))
            if (refused is { Outcome: "unknown", Key: { } key })
                listed.Add(key);
        Assert.All(missing, id => Assert.Contains(id, listed));
    }

    private async Task<(int Again, List<string> Missing)> CompareAsync(KilledDeployment deployment, string policy, int kills)
    {
        var received = await deployment.ReceivedAsync(policy);
        var again = received.Count - received.Distinct(StringComparer.Ordinal).Count();
        var missing = deployment.Warehouse.Query($"select id, plan from {policy}").Keys.Except(received, StringComparer.Ordinal).ToList();
        output.WriteLine($"{policy}: {kills} kills; {received.Count} received, {again} again, {missing.Count} missing");
        return (again, missing);
    }
}
