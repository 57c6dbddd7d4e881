using System.Text.Json;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.Sources;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Planning;

/// <summary>
/// Compares all rows of a model with all records of Pendo: first Pendo is read, of each record 16 bytes are kept, then the model, then
/// Pendo once more for whatever did not fit. So a record that changes meanwhile is judged by two readings, and its fields are named.
/// What Pendo accepted is loaded for those records only: beside the one table there is nothing that grows with them all.
/// </summary>
internal sealed class Comparison : IRowTaker
{
    private const int SampleSize = 20;
    private const int FewestHeldBack = 50_000;
    private static readonly TimeSpan _fresh = TimeSpan.FromHours(1);

    private readonly SyncContext _context;
    private readonly StateStore _state;
    private readonly EngineOptions _options;
    private readonly Checkpoint _checkpoint;
    private readonly Func<Predicate<ulong>, CancellationToken, Task<SnapshotIndex>> _accepted;
    private readonly PendoRead _read;
    // In the place of fingerprints: the digest of what Pendo holds, and once a row is found to be equal, its fingerprint.
    private readonly SnapshotIndex _held = new(events: false);
    private readonly Dictionary<ulong, Doubted> _doubted = [];
    private readonly Compared _result = new();
    private readonly long _seed;
    private HeldFields _fields = null!;
    private long _pendo, _rowsSeen, _again;
    private int _mostHeldBack = FewestHeldBack;

    /// <summary>A comparison.</summary>
    /// <param name="context">The sync; not of events.</param>
    /// <param name="state">Its state.</param>
    /// <param name="options">Clock and patience.</param>
    /// <param name="checkpoint">Where the sync stands.</param>
    /// <param name="accepted">Loads what Pendo accepted of some keys.</param>
    /// <param name="writesNothing">See <see cref="PendoRead"/>.</param>
    public Comparison(SyncContext context, StateStore state, EngineOptions options, Checkpoint checkpoint,
        Func<Predicate<ulong>, CancellationToken, Task<SnapshotIndex>> accepted, bool writesNothing)
    {
        (_context, _state, _options, _checkpoint, _accepted) = (context, state, options, checkpoint, accepted);
        _read = new PendoRead(context, state, options, writesNothing);
        _seed = (long)checkpoint.Seeds.Payload;
        // As many as were accepted, mostly: a table that grows leaves its copies behind.
        _held.Reserve(checkpoint.BaseCounts.Accepted, 0);
    }

    /// <summary>Told of each accepted key whose record both readings of Pendo show otherwise, or not at all.</summary>
    public Action<ulong>? Differs { get; init; }

    /// <summary>Bytes of what grows with the records.</summary>
    public long Bytes => _held.Bytes;

    /// <summary>Told now and then how far it is.</summary>
    public Action<ComparisonProgress>? Progress { get; init; }

    /// <summary>Compares.</summary>
    /// <exception cref="ProblemException">One of the sides cannot be read to its end: nothing is said of any record.</exception>
    public async Task<Compared> RunAsync(CancellationToken ct)
    {
        _fields = await FieldsAsync(ct);
        _result.Fields = _fields.Names;
        await _read.ReadAsync(_fields, _seed, Hold, ct);
        _mostHeldBack = (int)Math.Max(FewestHeldBack, _held.Accepted / 8);
        var pass = new ModelPass(_context, _checkpoint, ReadingPlan.All, _held, ListedRejections.None, _options, dryRun: true);
        await pass.RunAsync(this, null, () => false, ct);
        await ReadAgainAsync(ct);
        _result.Read = pass.Counts.Read;
        _result.OnlyPendo = pass.Vanished;
        _result.Calls = _read.Calls;
        await LeaveOutFreshAsync(ct);
        return _result;
    }

    /// <summary>The equal records, with the fingerprints of their rows; call it after the comparison, which it ends.</summary>
    public SnapshotIndex TakeEqual()
    {
        _held.KeepSeen();
        return _held;
    }

    /// <inheritdoc/>
    public ValueTask TakeAsync(in JudgedRow row, CancellationToken ct)
    {
        _rowsSeen++;
        var key = row.Row.KeyHash;
        if (row.Invalid is not null)
        {
            _result.Invalid++;
            if (row.WasKnown)
                _held.Forget(key);
            return ValueTask.CompletedTask;
        }

        var hashes = HashesOf(row.Row.Payload);
        if (_held.FindAccepted(key, 0) == DigestOf(hashes))
        {
            IsEqual(key, row.Row.Fingerprint);
            return ValueTask.CompletedTask;
        }

        var sampled = _result.Sample.Count < SampleSize && _doubted.Count < SampleSize;
        _doubted[key] = new Doubted(hashes, row.Row.Fingerprint, sampled ? row.Row.Key : null, sampled ? row.Row.Payload.ToArray() : null);
        return _doubted.Count < _mostHeldBack ? ValueTask.CompletedTask : new ValueTask(ReadAgainAsync(ct));
    }

    /// <inheritdoc/>
    public ValueTask PauseAsync(CancellationToken ct)
    {
        Say();
        return ValueTask.CompletedTask;
    }

    private void Hold(HeldPage page)
    {
        for (var i = 0; i < page.Ids.Count; i++)
            _held.SetAccepted(_checkpoint.Seeds.OfKey(page.Ids[i]), DigestOf(page.HashesOf(i)));
        _pendo += page.Ids.Count;
        Say();
    }

    // Everything that did not fit is judged by what Pendo says now.
    private async Task ReadAgainAsync(CancellationToken ct)
    {
        if (_doubted.Count == 0)
            return;
        var known = await _accepted(_doubted.ContainsKey, ct);
        var next = new Diff(known, _context.Sync.Behavior == Behavior.UpdateOrCreate, everything: false, _checkpoint.ReadAt);
        await _read.ReadAsync(_fields, _seed, page =>
        {
            for (var i = 0; i < page.Ids.Count; i++)
                if (_doubted.Remove(_checkpoint.Seeds.OfKey(page.Ids[i]), out var doubted))
                    Judge(_checkpoint.Seeds.OfKey(page.Ids[i]), doubted, next, page, i);
            _again += page.Ids.Count;
            Say();
        }, ct);
        foreach (var (key, gone) in _doubted)
            JudgeAbsent(key, gone, next);
        _doubted.Clear();
    }

    private void Judge(ulong key, Doubted doubted, Diff next, HeldPage page, int row)
    {
        var now = page.HashesOf(row);
        var differing = HeldFields.Differing(doubted.Hashes, now).ToArray();
        if (differing.Length == 0)
        {
            IsEqual(key, doubted.Fingerprint);
            return;
        }

        _result.Different++;
        foreach (var field in differing)
        {
            _result.ByField[_fields.Names[field]] = _result.ByField.GetValueOrDefault(_fields.Names[field]) + 1;
            if (doubted.Payload is not null && _result.Sample.Count < SampleSize)
                _result.Sample.Add(new ComparedValue(doubted.Key!, _fields.Names[field], SentOf(doubted.Payload, field),
                    page.ValueOf(row, field)));
        }

        // What Pendo shows otherwise from one reading to the next is being changed.
        Foresee(key, doubted, next, _held.FindAccepted(key, 0) == DigestOf(now) ? differing : null);
    }

    private void JudgeAbsent(ulong key, Doubted gone, Diff next)
    {
        if (_held.FindAccepted(key, 0) != 0)
        {
            _result.Unsettled++;
            _held.Forget(key);
            return;
        }

        _result.OnlyWarehouse++;
        Foresee(key, gone, next, []);
    }

    // What the next run does with a record that is not equal. Differing: the fields for certain; null: that is not certain.
    private void Foresee(ulong key, Doubted doubted, Diff next, int[]? differing)
    {
        _held.Forget(key);
        var decision = next.Decide(key, doubted.Fingerprint);
        if (decision is Decision.Unchanged or Decision.Waiting)
            _result.Left++;
        else
            _result.Mended++;
        if (differing is null)
            return;
        if (next.Before == RecordOutcome.Accepted)
            Differs?.Invoke(key);
        if (decision == Decision.Unchanged)
            _result.Drift[key] = differing;
    }

    private void IsEqual(ulong key, ulong fingerprint)
    {
        _result.Equal++;
        _held.SetAccepted(key, fingerprint);
    }

    // Pendo's reading may lag behind its writing. Looked up last, so that what was accepted meanwhile is among it.
    private async Task LeaveOutFreshAsync(CancellationToken ct)
    {
        if (_result.Drift.Count == 0)
            return;
        var now = (await _state.Checkpoints.ReadAsync(_context.Sync.Name, ct)).ReadAt;
        await foreach (var run in _state.Runs.ListAsync(_context.Sync.Name, null, ct))
        {
            if (run.EndedAt is { } ended && now - ended > _fresh)
                return;
            for (var attempt = 0; attempt <= run.Attempt; attempt++)
                await foreach (var batch in _state.Receipts.ListAsync(ReceiptTable.PartitionOf(run.RunId, attempt), ct))
                    if (now - batch.Timestamp <= _fresh)
                        for (var i = 0; i < batch.Count; i++)
                            _result.NotJudged += _result.Drift.Remove(batch.KeyHash(i)) ? 1 : 0;
        }
    }

    // The columns alone: a read of a key that no row has.
    private async Task<HeldFields> FieldsAsync(CancellationToken ct)
    {
        await using var look = await ModelRead.OpenAsync(_context, ReadFrom.OneKey(_context.Sync.Key, "0"), _checkpoint.Seeds,
            _options.Clock, dryRun: true, ct);
        var missing = look.Fields!.Missing.Select(f => f.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (missing.Count > 0 && !_context.Sync.CreateFields)
            throw new ProblemException(ModelRead.MissingFields(_context.Sync, look.Fields));
        return HeldValues.FieldsOf(_context, look.Fields);
    }

    private ulong[] HashesOf(ReadOnlySpan<byte> payload)
    {
        try
        {
            return _fields.HashesOf(payload, _seed);
        }
        catch (FormatException e)
        {
            throw new ProblemException(ProblemKind.Transient, "the model's columns changed while they were compared",
                $"sync '{_context.Sync.Name}'", "Compare again.", e);
        }
    }

    // Of what is not there nothing comes in, so that a row which does not send a field fits a record that does not have it. Never 0.
    private static ulong DigestOf(ReadOnlySpan<ulong> hashes)
    {
        var digest = 0UL;
        foreach (var hash in hashes)
            if (hash != HeldFields.NotSent)
                digest ^= hash;
        return digest == 0 ? 1 : digest;
    }

    private JsonElement? SentOf(byte[] payload, int field)
    {
        using var document = JsonDocument.Parse(payload);
        return document.RootElement.GetProperty("values").TryGetProperty(_fields.Names[field], out var value)
            && value.ValueKind != JsonValueKind.Null ? value.Clone() : null;
    }

    private void Say() => Progress?.Invoke(new ComparisonProgress(_pendo, _rowsSeen, _again));

    // A record that did not fit at first.
    private sealed record Doubted(ulong[] Hashes, ulong Fingerprint, string? Key, byte[]? Payload);
}
