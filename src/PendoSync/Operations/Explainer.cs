using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PendoSync.Batches;
using PendoSync.Engine;
using PendoSync.Planning;
using PendoSync.Records;
using PendoSync.Reports;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.Sources;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Operations;

/// <summary>Tells the story of one key: row, record, fingerprint, last outcome, next decision. Writes nothing.</summary>
internal sealed class Explainer(SyncEngine engine)
{
    /// <summary>Tells it.</summary>
    public async Task<Explanation> ExplainAsync(string sync, string key, CancellationToken ct)
    {
        var context = engine.ContextOf(sync);
        var now = await engine.State.Checkpoints.ReadAsync(sync, ct);
        var view = PlannerView.Of(context, now, await engine.State.Marks.LookAsync(now, ct));
        var checkpoint = view.Checkpoint;
        var keyHash = checkpoint.Seeds.OfKey(key);
        var index = await new SnapshotLoader(engine.State, engine.Options).LoadKeyAsync(checkpoint, context.IsEvents, keyHash, ct);
        var rejection = await engine.State.Rejections.ReadAsync(sync, RejectionTable.IdOf(keyHash), ct);
        var story = new Explanation
        {
            Sync = sync,
            Key = key,
            Decision = NextDecision.Missing,
            Because = $"The model has no row whose {context.Sync.Key} is '{key}'.",
            LastRejection = rejection is null ? null : RejectedItem.Of(rejection),
            Link = PendoLinks.To(context, key),
        };
        story = WithKnown(story, context, index, keyHash, checkpoint.Seeds.OfPayload(Encoding.UTF8.GetBytes(key)));
        var reading = new ReadingPlan(ReadFrom.OneKey(context.Sync.Key, key), Full: false, Everything: false, MappingChanged: false);
        var pass = new ModelPass(context, reading.StateFor(context, checkpoint), reading, index, ListedRejections.None, engine.Options,
            dryRun: true);
        var taker = new StoryTaker(row => story = Tell(story, context, view, row, index));
        await pass.RunAsync(taker, new RunScope(Key: key), () => false, ct);
        var (acceptedRun, acceptedAt) = story.AcceptedFingerprint is null ? default : await AcceptedAsync(sync, keyHash, ct);
        story = story with { AcceptedRun = acceptedRun, AcceptedAt = acceptedAt };
        story = story with { Fields = pass.Fields };
        return pass.Counts.Read == 0 && pass.OtherKey is { } other ? story with
        {
            Because = $"{story.Because} The warehouse finds '{other}', which its comparison takes for the same; Pendo does not.",
            Link = null,
        }
        : story with { Rows = (int)pass.Counts.Read };
    }

    // Receipts outlive the base they were folded into, as long as their run is kept.
    private async Task<(string? RunId, DateTimeOffset? At)> AcceptedAsync(string sync, ulong keyHash, CancellationToken ct)
    {
        await foreach (var run in engine.State.Runs.ListAsync(sync, null, ct))
        {
            if (run.Counts is { Accepted: 0, Unknown: 0 } && run.Ended)
                continue;
            for (var attempt = run.Attempt; attempt > 0; attempt--)
                await foreach (var batch in engine.State.Receipts.ListAsync(ReceiptTable.PartitionOf(run.RunId, attempt), ct))
                    for (var i = 0; i < batch.Count; i++)
                        if (batch.KeyHash(i) == keyHash && batch.OutcomeOf(i) == RecordOutcome.Accepted)
                            return (run.RunId, batch.Timestamp);
        }

        return default;
    }

    private static Explanation Tell(Explanation story, SyncContext context, PlannerView view, JudgedRow row, SnapshotIndex index)
    {
        story = story with { Row = RowOf(row.Cells) };
        if (row.Invalid is { } invalid)
        {
            return story with
            {
                Decision = NextDecision.Invalid,
                Invalid = new InvalidRow(invalid.Rule, invalid.Column, Rules.Message(invalid, TextOf(row.Cells, invalid.Column))),
                Because = $"The row is invalid and is not sent: {Rules.Message(invalid, TextOf(row.Cells, invalid.Column))}.",
            };
        }

        using var payload = JsonDocument.Parse(row.Row.Payload.ToArray());
        var next = row.Decision switch
        {
            Decision.Unchanged or Decision.Remembered or Decision.BeforeStart => NextDecision.Unchanged,
            Decision.Waiting => NextDecision.Waiting,
            Decision.Changed => NextDecision.Changed,
            Decision.Retry or Decision.InDoubt => NextDecision.Retry,
            _ => NextDecision.New,
        };
        var passedOver = next is NextDecision.New or NextDecision.Changed or NextDecision.Retry
            ? PassedOver(story, context, view, row.Row.Cursor) : null;
        return story with
        {
            Record = payload.RootElement.Clone(),
            Fingerprint = RejectionTable.IdOf(row.Row.Fingerprint),
            Decision = passedOver is null ? next : NextDecision.BehindCursor,
            Because = passedOver ?? (row.Decision == Decision.Remembered ? "start: now: the next run remembers it and does not send it."
                : row.Decision == Decision.BeforeStart ? "It happened before the instant of `start`, so it is not sent."
                : row.Decision == Decision.InDoubt
                    ? "Pendo accepted exactly this record, but an earlier call without an answer may have been applied after it: "
                        + "the next run sends it once more."
                : Because(next, context, view, index.FindWaiting(row.Row.KeyHash, row.Row.Fingerprint))),
        };
    }

    // A read from the cursor on meets only rows from there on, and those that are due by their key.
    private static string? PassedOver(Explanation story, SyncContext context, PlannerView view, CursorValue? cursor)
    {
        var (sync, checkpoint) = (context.Sync, view.Checkpoint);
        var reading = ReadingPlan.For(context, checkpoint, RunMode.Incremental);
        if (reading.From?.Cursor is not { } from || cursor is not { } value || value >= from.Value
            || story.LastRejection?.NextDue <= checkpoint.ReadAt)
            return null;
        var lies = $"It is to be sent, but its {from.Column} lies below the cursor, where the next run reads from";
        var byHand = $"`pendosync run {sync.Name} --key {Argument(story.Key)}` sends it now.";
        if (story.LastRejection?.NextDue is { } due)
            return $"{lies}; it is looked up by its key at {due.ToString("u", CultureInfo.InvariantCulture)}. {byHand}";
        return sync.FullEvery is { } every && checkpoint.LastFull + every is { } full
            ? $"{lies}; the full read at {full.ToString("u", CultureInfo.InvariantCulture)} or soon after sends it, if it is "
                + $"still valid then. {byHand}"
            : $"{lies}, and there are no full reads (full_every: never). {byHand}";
    }

    // As one word of a shell.
    private static string Argument(string key) => key.All(c => char.IsLetterOrDigit(c) || "-_.@:+/".Contains(c, StringComparison.Ordinal))
        ? key : $"'{key.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    // The second hash tells event ids apart; of accounts and visitors the key hash is enough.
    private static Explanation WithKnown(Explanation story, SyncContext context, SnapshotIndex index, ulong keyHash, ulong fingerprint)
    {
        var accepted = index.FindAccepted(keyHash, fingerprint);
        var waiting = index.FindWaiting(keyHash, fingerprint);
        return story with
        {
            AcceptedFingerprint = accepted == 0 ? null : RejectionTable.IdOf(context.IsEvents ? fingerprint : accepted),
            LastOutcome = waiting is { } rejected ? RejectionLog.NameOf(rejected.Outcome) : accepted != 0 ? "accepted"
                : story.LastRejection?.Outcome,
        };
    }

    private static string Because(NextDecision next, SyncContext context, PlannerView view, Waiting? waiting) => next switch
    {
        NextDecision.Unchanged when context.Sync.Event is { StartNow: true } =>
            "It was sent, or was there when the sync began (start: now); every event is sent once.",
        NextDecision.Unchanged when context.IsEvents => "It was sent; every event is sent once.",
        NextDecision.Unchanged => "Pendo accepted exactly this record.",
        NextDecision.Changed => "It differs from what Pendo accepted last, so the next run sends it.",
        NextDecision.Waiting =>
            $"It was rejected ({RejectionLog.NameOf(waiting!.Value.Outcome)}, {waiting.Value.Tries} times) and is tried again "
            + $"at {waiting.Value.Due.ToString("u", CultureInfo.InvariantCulture)}, or when its row changes.",
        NextDecision.New or NextDecision.Retry when view.StandsStill =>
            "The state was restored and does not know that it was sent; nothing is sent until "
            + $"`pendosync doubt {context.Sync.Name} --sent-until INSTANT` has said what was (--send: nothing of it).",
        NextDecision.Retry => "It was rejected and is due again, so the next run sends it.",
        _ when view.Discards =>
            "What Pendo accepted belongs to another connection, object, group or key column and no longer "
            + "counts, so the next run sends it.",
        _ => "Pendo never accepted it, so the next run sends it.",
    };

    /// <summary>The text of a cell, for whoever may see the row; null when it is null, cannot be read, or has no short text.</summary>
    internal static string? TextOf(DbDataReader reader, string? column)
    {
        for (var i = 0; i < reader.FieldCount; i++)
            if (reader.GetName(i) == column)
                return !reader.IsDBNull(i) && TryRead(reader, i, out _)?.ToString() is { Length: <= 60 } text ? text : null;
        return null;
    }

    private static Dictionary<string, JsonElement?> RowOf(DbDataReader reader)
    {
        var row = new Dictionary<string, JsonElement?>(StringComparer.Ordinal);
        for (var i = 0; i < reader.FieldCount; i++)
            row[reader.GetName(i)] = reader.IsDBNull(i) ? null : TryRead(reader, i, out var rule)
                ?? JsonSerializer.SerializeToElement("(cannot be read: " + Rules.Explain(rule!) + ")");
        return row;
    }

    // Of a cell that is not what its column is declared to hold, its text; null with the rule when it cannot be read.
    private static JsonElement? TryRead(DbDataReader reader, int column, out string? rule)
    {
        rule = null;
        try
        {
            return JsonOf(reader.GetValue(column));
        }
        catch (UnfitCellException e)
        {
            rule = e.Rule;
        }
        catch (Exception e) when (Cells.RuleOf(e) is { } broken)
        {
            rule = broken;
            return null;
        }

        try
        {
            return JsonSerializer.SerializeToElement(reader.GetString(column));
        }
        catch (InvalidCastException)
        {
            return null;
        }
    }

    private static JsonElement JsonOf(object cell) => cell switch
    {
        double number when !double.IsFinite(number) => JsonSerializer.SerializeToElement(number.ToString(CultureInfo.InvariantCulture)),
        byte[] bytes => JsonSerializer.SerializeToElement($"({bytes.Length} bytes)"),
        Array values => JsonSerializer.SerializeToElement(values.Cast<object?>().Select(v => v?.ToString())),
        string or bool or long or int or short or byte or decimal or double or float or DateTime or DateTimeOffset or DateOnly or Guid =>
            JsonSerializer.SerializeToElement(cell),
        _ => JsonSerializer.SerializeToElement(Convert.ToString(cell, CultureInfo.InvariantCulture)),
    };

    // Only the first row of a key counts.
    private sealed class StoryTaker(Action<JudgedRow> tell) : IRowTaker
    {
        private bool _told;

        public ValueTask TakeAsync(in JudgedRow row, CancellationToken ct)
        {
            if (!_told)
                tell(row);
            _told = true;
            return ValueTask.CompletedTask;
        }
    }
}
