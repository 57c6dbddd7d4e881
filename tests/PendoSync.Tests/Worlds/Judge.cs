using System.Text;
using System.Text.Json;
using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.State;

namespace PendoSync.Tests.Worlds;

/// <summary>Judges a world at its end: after one more undisturbed run, everything promised holds.</summary>
internal static class Judge
{
    /// <summary>Runs once more and judges.</summary>
    /// <param name="world">The world; nobody is at work in it.</param>
    /// <param name="repeats">How often events may have been sent again, at most.</param>
    public static async Task EndAsync(World world, int repeats)
    {
        (world.WhileRead, world.Chaos, world.BeforeSend, world.BeforeWrite, world.AfterWrite, world.Pendo.Fault) =
            (null, null, null, null, null, null);
        await world.RunSyncAsync();
        var broken = world.Watch.Broken;
        var checkpoint = await world.State.Checkpoints.ReadAsync(World.Sync, CancellationToken.None);
        if (checkpoint.Doubts.Count > 0)
        {
            // What can still be applied is applied, and is sent once more.
            await Task.Delay(PendoClient.AppliedLate + TimeSpan.FromSeconds(1), world.Clock);
            await world.RunSyncAsync();
            checkpoint = await world.State.Checkpoints.ReadAsync(World.Sync, CancellationToken.None);
        }

        if (checkpoint.Doubts.Count > 0)
            broken.Add("promise 4: something stays in doubt");
        if (checkpoint.Active is not null || checkpoint.Ended.Any(e => !e.Settled))
            broken.Add("a run is not over");
        await world.Watch.CheckSnapshotAsync(checkpoint);
        world.Watch.CheckOrder();
        await foreach (var run in world.State.Runs.ListAsync(World.Sync, null, CancellationToken.None))
            if (!run.Ended)
                broken.Add($"run {run.RunId} is {run.State} for ever");
        if (world.Setup.IsEvents)
            await JudgeEventsAsync(world, repeats);
        else
            JudgeValues(world);
        await JudgeNothingLeftAsync(world);
        Assert.True(broken.Count == 0, string.Join('\n', broken.Distinct()));
    }

    private static void JudgeValues(World world)
    {
        foreach (var row in ValidRows(world))
        {
            var held = world.Pendo.Find(world.Setup.Kind, row.Id!);
            if (world.Pendo.Rejected.Contains(row.Id!) || (held is null && !world.Setup.Create))
                continue;
            if (held is not { Length: > 0 } || PlanOf(held) != row.Plan || Watch.RevOf(held) != row.Rev)
                world.Watch.Broken.Add($"Pendo holds {(held is null ? "nothing" : Encoding.UTF8.GetString(held))} of {row}");
        }
    }

    private static async Task JudgeEventsAsync(World world, int repeats)
    {
        var received = world.Pendo.Events.GroupBy(e => e.Ref, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        var again = received.Values.Sum() - received.Count;
        var once = world.Setup.Delivery == DeliveryPolicy.AtMostOnce;
        if (again > (once ? 0 : repeats))
            world.Watch.Broken.Add($"{again} events were sent again");
        var listed = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var refusal in world.State.Rejections.ListAsync(World.Sync, null, CancellationToken.None))
            if (refusal is { Outcome: "unknown", Key: { } key })
                listed.Add(key);
        foreach (var row in ValidRows(world).Where(r => !world.Pendo.Rejected.Contains(r.Id!) && !received.ContainsKey(r.Id!)))
            if (!once || !listed.Contains(row.Id!))
                world.Watch.Broken.Add($"event {row.Id} was never received" + (once ? " and is not listed as unknown" : ""));
    }

    // The engine knows it too: another run finds nothing to send.
    private static async Task JudgeNothingLeftAsync(World world)
    {
        var process = await world.RunSyncAsync();
        var checkpoint = await world.State.Checkpoints.ReadAsync(World.Sync, CancellationToken.None);
        var run = await process.Engine.State.Runs.ReadAsync(World.Sync, checkpoint.LastRun!, CancellationToken.None);
        if (run is not { Counts.Planned: 0 } || !run.State.IsSuccess())
            world.Watch.Broken.Add($"the last run is {run?.State} with {run?.Counts.Planned} planned: {run?.Error}");
        // Whatever died while it folded: pages are of the base, or gone.
        foreach (var partition in world.Tables.Partitions(Tables.Snapshots)
            .Where(p => !checkpoint.Parts.Any(s => p.Contains($"+{s.Id}+", StringComparison.Ordinal))))
            await foreach (var page in world.Tables.QueryAsync(Tables.Snapshots, partition, RowRange.All, [], CancellationToken.None))
                world.Watch.Broken.Add($"page {page.Row} of {partition} is left of no base");
    }

    private static IEnumerable<WorldRow> ValidRows(World world) => world.Rows.Where(r => !string.IsNullOrEmpty(r.Id)).DistinctBy(r => r.Id);

    private static string? PlanOf(byte[] payload)
    {
        using var document = JsonDocument.Parse(payload);
        return document.RootElement.GetProperty("values").GetProperty("plan").GetString();
    }
}
