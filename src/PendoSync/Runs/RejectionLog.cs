using System.Collections.Concurrent;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Runs;

/// <summary>
/// Keeps the readable list of rejected records up to date. It is for people, and tells a read from a cursor which keys to look up; what is
/// sent, it never decides. A process writes at most 10,000 details a run.
/// </summary>
public sealed class RejectionLog(StateStore state)
{
    private const int MostFirstTimesRead = 100;
    private readonly ConcurrentDictionary<string, int> _written = new(StringComparer.Ordinal);

    /// <summary>Notes the rejections of a receipt and takes away those that Pendo has accepted since.</summary>
    public async Task NoteAsync(RecordBatch batch, BatchRow receipt, CancellationToken ct)
    {
        var rejected = new List<Rejection>();
        var accepted = new List<string>();
        var looked = 0;
        for (var i = 0; i < receipt.Count; i++)
        {
            switch (receipt.OutcomeOf(i))
            {
                case RecordOutcome.Accepted when batch.Records.Tries[i] > 0:
                    accepted.Add(RejectionTable.IdOf(receipt.KeyHash(i)));
                    break;
                case RecordOutcome.NotFound or RecordOutcome.Rejected or RecordOutcome.GivenUp
                    or RecordOutcome.Unknown when Take(batch.Id.RunId):
                    var id = RejectionTable.IdOf(receipt.KeyHash(i));
                    var tries = Math.Min(255, batch.Records.Tries[i] + 1);
                    var first = tries > 1 && looked++ < MostFirstTimesRead
                        && await state.Rejections.ReadAsync(batch.Id.Sync, id, ct) is { } before
                        ? before.First
                        : receipt.Timestamp;
                    rejected.Add(new Rejection
                    {
                        Id = id,
                        Key = batch.Records.KeyOf(i),
                        Outcome = NameOf(receipt.OutcomeOf(i)),
                        Reason = receipt.ReasonOf(i),
                        Tries = tries,
                        First = first,
                        Last = receipt.Timestamp,
                        NextDue = receipt.OutcomeOf(i) == RecordOutcome.Unknown ? null : receipt.Timestamp + Waiting.BackoffAfter(tries),
                        RunId = batch.Id.RunId,
                    });
                    break;
            }
        }

        await state.Rejections.WriteAsync(batch.Id.Sync, rejected, ct);
        await state.Rejections.DeleteAsync(batch.Id.Sync, accepted, ct);
    }

    /// <summary>Notes invalid rows of a read.</summary>
    public Task NoteInvalidAsync(string sync, IReadOnlyList<Rejection> rows, CancellationToken ct) =>
        rows.Count == 0 ? Task.CompletedTask : state.Rejections.WriteAsync(sync, rows, ct);

    /// <summary>The list as it is before a read.</summary>
    internal Task<ListedRejections> LoadAsync(SyncDefinition sync, CancellationToken ct) => ListedRejections.LoadAsync(state, sync.Name,
        sync.Object == PendoObject.TrackEvent, ct, keepsUnknown: sync.Event?.Delivery == DeliveryPolicy.AtMostOnce);

    /// <summary>One more detail of this run may be written.</summary>
    public bool Take(string runId) => _written.AddOrUpdate(runId, 1, (_, count) => count + 1) <= RejectionTable.MaxKept;

    /// <summary>Forgets the run's count.</summary>
    public void Forget(string runId) => _written.TryRemove(runId, out _);

    /// <summary>Takes away what is stale after a read, and the oldest beyond 10,000.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="runId">The run that read.</param>
    /// <param name="stale">Ids that the read proved stale; what the run itself has noted since stays.</param>
    /// <param name="readAll">True: invalid rows of earlier runs that were not met again are gone.</param>
    /// <param name="ct">Ends the work.</param>
    public async Task TidyAsync(string sync, string runId, IReadOnlyCollection<string> stale, bool readAll, CancellationToken ct)
    {
        var ids = await state.Rejections.IdsAsync(sync, ct);
        var gone = ids.Where(r => r.RunId != runId && (stale.Contains(r.Id) || (readAll && r.Outcome == "invalid"))).Select(r => r.Id)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var (id, _, _, _) in ids.Where(r => !gone.Contains(r.Id)).OrderByDescending(r => r.Last)
            .Skip(RejectionTable.MaxKept).ToList())
            gone.Add(id);
        await state.Rejections.DeleteAsync(sync, [.. gone], ct);
    }

    /// <summary>The word of an outcome.</summary>
    public static string NameOf(RecordOutcome outcome) => outcome switch
    {
        RecordOutcome.NotFound => "not_found",
        RecordOutcome.GivenUp => "given_up",
        _ => outcome.ToString().ToLowerInvariant(),
    };

    /// <summary>An event whose answer was lost, as a rejection whose key is not known yet.</summary>
    public static Rejection Unknown(ulong keyHash, string? reason, string runId, DateTimeOffset at) => new()
    {
        Id = RejectionTable.IdOf(keyHash),
        Outcome = NameOf(RecordOutcome.Unknown),
        Reason = reason,
        First = at,
        Last = at,
        RunId = runId,
    };

    /// <summary>An invalid row as a rejection.</summary>
    /// <param name="key">Its key; null when it has none.</param>
    /// <param name="keyHash">Hash of the key; 0 when there is none that could be used.</param>
    /// <param name="number">Its place in the read, from 1.</param>
    /// <param name="invalid">The rule it breaks.</param>
    /// <param name="before">How often it was invalid before.</param>
    /// <param name="runId">The run that read it.</param>
    /// <param name="at">When.</param>
    /// <param name="readAgain">True: reads begin at a cursor, which passes over the row; it is looked up by its key, since it may become
    /// valid.</param>
    public static Rejection Invalid(string? key, ulong keyHash, long number, Invalid invalid, byte before, string runId,
        DateTimeOffset at, bool readAgain)
    {
        // A row without a usable key, or with another row's key, is known by its place in the read.
        var byPlace = keyHash == 0 || invalid.Rule == Rules.RepeatedKey;
        var tries = Math.Min(255, before + 1);
        return new Rejection
        {
            Id = byPlace ? $"row-{number:D12}" : RejectionTable.IdOf(keyHash),
            Key = key,
            Outcome = "invalid",
            Rule = invalid.Rule,
            Column = invalid.Column,
            Reason = Rules.Message(invalid),
            Tries = tries,
            First = at,
            Last = at,
            NextDue = readAgain && !byPlace && !Rules.IsFinal(invalid.Rule) ? at + Waiting.BackoffAfter(tries) : null,
            RunId = runId,
        };
    }
}
