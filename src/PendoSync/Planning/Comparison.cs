using System.Text;
using System.Text.Json;
using PendoSync.Batches;
using PendoSync.Pendo;
using PendoSync.Records;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.Sources;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Planning;

/// <summary>
/// Compares all rows of a model with all records of Pendo: first Pendo is read, of each record 16 bytes are kept, then the model, then
/// Pendo once more for whatever did not fit. So a record that changes meanwhile is judged by two readings, and its fields are named.
/// </summary>
internal sealed class Comparison : IRowTaker
{
    private const int SampleSize = 20;
    private const int FewestHeldBack = 50_000;
    private static readonly TimeSpan _fresh = TimeSpan.FromHours(1);
    // A field that the row does not send, since it is null there and nulls are skipped: whatever Pendo holds is right.
    private const ulong NotSent = ulong.MaxValue;

    private readonly SyncContext _context;
    private readonly StateStore _state;
    private readonly EngineOptions _options;
    private readonly Checkpoint _checkpoint;
    private readonly SnapshotIndex _index;
    private readonly ListedRejections _listed;
    private readonly PendoRead _read;
    private readonly PackedTable _held = new(2, 1);
    private readonly Dictionary<ulong, Doubted> _doubted = [];
    private readonly Compared _result = new();
    private readonly long _seed;
    private HeldFields _fields = null!;
    private byte[][] _names = [];
    private long _rowsSeen, _again, _met;
    private int _mostHeldBack = FewestHeldBack;

    /// <summary>A comparison.</summary>
    /// <param name="context">The sync; not of events.</param>
    /// <param name="state">Its state.</param>
    /// <param name="options">Clock and patience.</param>
    /// <param name="checkpoint">Where the sync stands.</param>
    /// <param name="index">What Pendo accepted; it is used up.</param>
    /// <param name="listed">The list of rejections.</param>
    /// <param name="writesNothing">See <see cref="PendoRead"/>.</param>
    public Comparison(SyncContext context, StateStore state, EngineOptions options, Checkpoint checkpoint, SnapshotIndex index,
        ListedRejections listed, bool writesNothing)
    {
        (_context, _state, _options, _checkpoint, _index, _listed) = (context, state, options, checkpoint, index, listed);
        _read = new PendoRead(context, state, options, writesNothing);
        _seed = (long)checkpoint.Seeds.Payload;
        // As many as were accepted, mostly: a table that grows leaves its copies behind.
        _held.Reserve(index.Accepted);
    }

    /// <summary>Told of each record that is equal on both sides: the hash of its key, and the row's fingerprint.</summary>
    public Action<ulong, ulong>? Equal { get; init; }

    /// <summary>Told of each key whose record both readings of Pendo show otherwise, or not at all.</summary>
    public Action<ulong>? Differs { get; init; }

    /// <summary>Told now and then how far it is.</summary>
    public Action<ComparisonProgress>? Progress { get; init; }

    /// <summary>Compares.</summary>
    /// <exception cref="ProblemException">One of the sides cannot be read to its end: nothing is said of any record.</exception>
    public async Task<Compared> RunAsync(CancellationToken ct)
    {
        _fields = await FieldsAsync(ct);
        _names = [.. _fields.Names.Select(Encoding.UTF8.GetBytes)];
        _result.Fields = _fields.Names;
        await _read.ReadAsync(_fields, _seed, Hold, ct);
        _mostHeldBack = (int)Math.Max(FewestHeldBack, _held.Count / 8);
        var pass = new ModelPass(_context, _checkpoint, ReadingPlan.All, _index, _listed, _options, dryRun: true);
        await pass.RunAsync(this, null, () => false, ct);
        await ReadAgainAsync(ct);
        _result.Read = pass.Counts.Read;
        _result.OnlyPendo = _held.Count - _met;
        _result.Calls = _read.Calls;
        await LeaveOutFreshAsync(ct);
        return _result;
    }

    /// <inheritdoc/>
    public ValueTask TakeAsync(in JudgedRow row, CancellationToken ct)
    {
        _rowsSeen++;
        PackedTable.Entry entry = default;
        var known = row.Row.KeyHash != 0 && _held.TryFind(row.Row.KeyHash, 0, out entry);
        if (known && _held.MarkSeen(entry))
            _met++;
        if (row.Invalid is not null)
        {
            _result.Invalid++;
            return ValueTask.CompletedTask;
        }

        var hashes = new ulong[_fields.Names.Count];
        HashRow(row.Row.Payload, hashes);
        var held = known ? _held.Word(entry, 1) : 0;
        if (known && held == DigestOf(hashes))
        {
            IsEqual(row.Row.KeyHash, row.Row.Fingerprint);
            return ValueTask.CompletedTask;
        }

        var sampled = _result.Sample.Count < SampleSize && _doubted.Count < SampleSize;
        _doubted[row.Row.KeyHash] = new Doubted(hashes, row.Row.Fingerprint, row.IsPlanned, row.Decision == Decision.Unchanged,
            known ? held : null, sampled ? row.Row.Key : null, sampled ? row.Row.Payload.ToArray() : null);
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
            _held.Word(_held.GetOrAdd(_checkpoint.Seeds.OfKey(page.Ids[i]), 0, out _), 1) = DigestOf(page.HashesOf(i));
        Say();
    }

    // Everything that did not fit is judged by what Pendo says now.
    private async Task ReadAgainAsync(CancellationToken ct)
    {
        if (_doubted.Count == 0)
            return;
        await _read.ReadAsync(_fields, _seed, page =>
        {
            for (var i = 0; i < page.Ids.Count; i++)
                if (_doubted.Remove(_checkpoint.Seeds.OfKey(page.Ids[i]), out var doubted))
                    Judge(_checkpoint.Seeds.OfKey(page.Ids[i]), doubted, page, i);
            _again += page.Ids.Count;
            Say();
        }, ct);
        foreach (var (key, gone) in _doubted)
            JudgeAbsent(key, gone);
        _doubted.Clear();
    }

    private void Judge(ulong key, Doubted doubted, HeldPage page, int row)
    {
        var now = page.HashesOf(row);
        var differing = new List<int>();
        for (var i = 0; i < now.Length; i++)
            if (doubted.Hashes[i] != NotSent && doubted.Hashes[i] != now[i])
                differing.Add(i);
        if (differing.Count == 0)
        {
            IsEqual(key, doubted.Fingerprint);
            return;
        }

        _result.Different++;
        Foresee(doubted);
        foreach (var field in differing)
        {
            _result.ByField[_fields.Names[field]] = _result.ByField.GetValueOrDefault(_fields.Names[field]) + 1;
            if (doubted.Payload is not null && _result.Sample.Count < SampleSize)
                _result.Sample.Add(new ComparedValue(doubted.Key!, _fields.Names[field], SentOf(doubted.Payload, field),
                    page.ValueOf(row, field)));
        }

        // What Pendo shows otherwise from one reading to the next is being changed.
        if (doubted.Held != DigestOf(now))
            return;
        Differs?.Invoke(key);
        if (doubted.IsBelieved)
            _result.Drift[key] = [.. differing];
    }

    private void JudgeAbsent(ulong key, Doubted gone)
    {
        if (gone.Held is not null)
        {
            _result.Unsettled++;
            return;
        }

        _result.OnlyWarehouse++;
        Foresee(gone);
        Differs?.Invoke(key);
        if (gone.IsBelieved)
            _result.Drift[key] = [];
    }

    private void Foresee(Doubted doubted)
    {
        if (doubted.IsPlanned)
            _result.Mended++;
        else
            _result.Left++;
    }

    private void IsEqual(ulong key, ulong fingerprint)
    {
        _result.Equal++;
        Equal?.Invoke(key, fingerprint);
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
        return new HeldFields(_context.Sync.Object, _context.IdName, _context.Sync.Group,
            [.. look.Fields.Fields.Select(f => (f.Name, f.Target))]);
    }

    // {"visitorId":…,"values":{…}}, its fields in the order of the plan, some left out.
    private void HashRow(ReadOnlySpan<byte> payload, ulong[] hashes)
    {
        Array.Fill(hashes, NotSent);
        var reader = new Utf8JsonReader(payload);
        while (reader.Read() && !(reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.StartObject))
        {
        }

        var field = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            do
                field++;
            while (field < _names.Length && !reader.ValueTextEquals(_names[field]));
            if (field == _names.Length)
                throw new ProblemException(ProblemKind.Transient, "the model's columns changed while they were compared",
                    $"sync '{_context.Sync.Name}'", "Compare again.");
            reader.Read();
            hashes[field] = _fields.HashOf(ref reader, field, _seed);
        }
    }

    // Of what is not there nothing comes in, so that a row which does not send a field fits a record that does not have it.
    private static ulong DigestOf(ReadOnlySpan<ulong> hashes)
    {
        var digest = 0UL;
        foreach (var hash in hashes)
            if (hash != NotSent)
                digest ^= hash;
        return digest;
    }

    private JsonElement? SentOf(byte[] payload, int field)
    {
        using var document = JsonDocument.Parse(payload);
        return document.RootElement.GetProperty("values").TryGetProperty(_fields.Names[field], out var value)
            && value.ValueKind != JsonValueKind.Null ? value.Clone() : null;
    }

    private void Say() => Progress?.Invoke(new ComparisonProgress(_held.Count, _rowsSeen, _again));

    // A record that did not fit at first. Held: the digest that Pendo gave; null when it did not have the record.
    private sealed record Doubted(ulong[] Hashes, ulong Fingerprint, bool IsPlanned, bool IsBelieved, ulong? Held, string? Key,
        byte[]? Payload);
}
