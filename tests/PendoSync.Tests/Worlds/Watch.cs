using System.Text;
using System.Text.Json;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Planning;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Tests.Worlds;

/// <summary>
/// Watches every write and every call of a world and notes each broken promise (docs/promises.md, by number). Processes
/// cannot see it, so nothing they catch can hide one.
/// </summary>
internal sealed class Watch(World world)
{
    public List<string> Broken { get; } = [];

    /// <summary>Rows only grow in Rev: then no older value may reach Pendo after a newer one.</summary>
    public bool RevsGrow { get; set; } = true;

    /// <summary>A process wrote an entity.</summary>
    public void Written(string how, string table, TableRow? before, TableRow after)
    {
        if (table == Tables.Receipts && before?.Text("kind") == "receipt")
            Broken.Add($"promise 3: the receipt {after.Partition}/{after.Row} was written again");
        if (table == Tables.Receipts && after.Text("kind") == "receipt")
            CheckReceipt(after);
        if (table == Tables.Checkpoints && how == "upsert")
            Broken.Add("promise 5: the checkpoint was written without its version");
        if (table == Tables.Runs && RunRecord.FromRow(after) is { Ended: true } run && run.Counts.BrokenSum() is { } sum)
            Broken.Add($"promise 6: {run.State}: {sum}");
        if (table == Tables.Runs && RunRecord.FromRow(after).Error is { Kind: ProblemKind.Internal } error)
            Broken.Add($"the engine is broken: {error.Message}");
    }

    /// <summary>A process deletes entities.</summary>
    public void Deleting(string table, string partition, IReadOnlyList<string> rows)
    {
        if (table != Tables.Receipts || rows.Count == 0)
            return;
        var checkpoint = State().Result;
        if (checkpoint.Ended.Any(e => e.Partition == partition))
            Broken.Add("promise 2: receipts were deleted that no base holds yet");
    }

    /// <summary>A process calls Pendo: its intent must stand (promise 3), and nothing older may follow something newer.</summary>
    public void Called(PendoCall call)
    {
        if (call.IsFlag)
            return;
        var checkpoint = State().Result;
        var intents = Intents().Result.Where(i => i.Kind == BatchRowKind.Intent && i.Owner == call.By.Owner).ToList();
        if (call.IsTrack)
        {
            var id = Encoding.UTF8.GetBytes(WorldPendo.RefOf(call.Body));
            if (!Holds(intents, checkpoint.Seeds.OfKey(id), RecordOutcome.Started))
                Broken.Add("promise 3: an event was sent without a progress that says so");
            return;
        }

        foreach (var (id, payload) in WorldPendo.IdsOf(call))
        {
            if (!Holds(intents, checkpoint.Seeds.OfKey(id), null))
                Broken.Add("promise 3: a record was sent without an intent");
        }
    }

    /// <summary>A message ended: its batch has a receipt, or another message, or nobody waits for it any more.</summary>
    public void Completed(BatchId batch, WorldQueue queue)
    {
        var checkpoint = world.State.Checkpoints.ReadAsync(batch.Sync, CancellationToken.None).Result;
        if (checkpoint.IsActive(batch.RunId, batch.Attempt) && !queue.Holds(batch)
            && world.State.Receipts.ReadAsync(batch.RunId, batch.Attempt, batch.Number, CancellationToken.None).Result.Value
                is not { Kind: BatchRowKind.Receipt })
            Broken.Add($"promise 13: nothing is left of batch {batch.Number}, and it has no receipt");
    }

    /// <summary>A planner begins to read: everything earlier is settled, so what the snapshot says must be what Pendo holds.</summary>
    public async Task ReadBeginsAsync(WorldProcess by)
    {
        var checkpoint = await State();
        if (!checkpoint.IsHeld(checkpoint.Active?.RunId ?? "", checkpoint.Active?.Attempt ?? 0, by.Owner))
            return;
        await CheckSnapshotAsync(checkpoint);
    }

    /// <summary>
    /// What the snapshot says was accepted is what Pendo holds (promise 2), unless it says that a late call may have changed it.
    /// </summary>
    public async Task CheckSnapshotAsync(Checkpoint checkpoint)
    {
        var index = await new SnapshotLoader(world.State, new EngineOptions()).LoadAsync(checkpoint, world.Setup.IsEvents,
            CancellationToken.None);
        foreach (var row in world.Rows.Where(r => !string.IsNullOrEmpty(r.Id)))
        {
            var bytes = Encoding.UTF8.GetBytes(row.Id!);
            var key = checkpoint.Seeds.OfKey(bytes);
            if (world.Setup.IsEvents)
                CheckEvent(index, checkpoint.Seeds, key, row.Id!, bytes);
            else if (index.DoubtOf(key) is null && index.FindAccepted(key, 0) is var known and not 0
                && (world.Pendo.Find(world.Setup.Kind, row.Id!) is not { Length: > 0 } held || checkpoint.Seeds.OfPayload(held) != known))
                Broken.Add($"promise 2: the snapshot says of {row.Id} what Pendo does not hold");
        }
    }

    /// <summary>Of every value Pendo applied: none is older than one that was there when its call began.</summary>
    public void CheckOrder()
    {
        if (!RevsGrow)
            return;
        var newest = new Dictionary<string, (long Rev, int At)>(StringComparer.Ordinal);
        for (var at = 0; at < world.Pendo.Log.Count; at++)
        {
            var applied = world.Pendo.Log[at];
            var rev = RevOf(applied.Payload);
            var known = newest.TryGetValue(applied.Id, out var before);
            if (known && rev < before.Rev && applied.Before > before.At)
                Broken.Add($"promise 4: revision {rev} of {applied.Id} reached Pendo after {before.Rev}");
            if (!known || rev > before.Rev)
                newest[applied.Id] = (rev, at);
        }
    }

    public static long RevOf(byte[] payload)
    {
        using var document = JsonDocument.Parse(payload);
        return document.RootElement.GetProperty("values").GetProperty("rev").GetInt64();
    }

    /// <summary>Every intent and receipt of the world's sync.</summary>
    public async Task<List<BatchRow>> Intents()
    {
        var all = new List<BatchRow>();
        foreach (var partition in world.Tables.Partitions(Tables.Receipts))
            await foreach (var row in world.State.Receipts.ListAsync(partition, CancellationToken.None))
                all.Add(row);
        return all;
    }

    private Task<Checkpoint> State() => world.State.Checkpoints.ReadAsync(World.Sync, CancellationToken.None);

    private void CheckEvent(SnapshotIndex index, HashSeeds seeds, ulong key, string id, byte[] bytes)
    {
        var sent = world.Pendo.Events.Any(e => e.Ref == id);
        if (index.FindAccepted(key, seeds.OfPayload(bytes)) != 0 && !sent && world.Setup.Delivery == DeliveryPolicy.AtLeastOnce)
            Broken.Add($"promise 2: the ledger says of event {id} what Pendo did not receive");
    }

    private void CheckReceipt(TableRow row)
    {
        var receipt = BatchRow.FromRow(row);
        for (var i = 0; i < receipt.Count; i++)
            if (receipt.OutcomeOf(i) is RecordOutcome.None or RecordOutcome.Started)
                Broken.Add($"promise 6: a record of receipt {row.Partition}/{row.Row} has the outcome {receipt.OutcomeOf(i)}");
    }

    private static bool Holds(List<BatchRow> intents, ulong key, RecordOutcome? outcome)
    {
        foreach (var intent in intents)
            for (var i = 0; i < intent.Count; i++)
                if (intent.KeyHash(i) == key && (outcome is null || intent.OutcomeOf(i) == outcome))
                    return true;
        return false;
    }
}
