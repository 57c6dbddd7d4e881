using PendoSync.Pendo;
using PendoSync.Records;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Planning;

/// <summary>
/// Counts by field what became different in the first changed records of a run. Of what Pendo accepted only fingerprints are kept, so
/// Pendo is asked what it holds, beside the planning: a record is held back until it was read, and no other one waits for it. At the end
/// of the plan it costs a run a second at most, and it never makes one fail.
/// </summary>
/// <param name="context">The sync.</param>
/// <param name="clock">Measures how long it takes.</param>
internal sealed class ChangedFieldsTally(SyncContext context, TimeProvider clock) : IDisposable
{
    /// <summary>So many records are compared.</summary>
    public const int MostRecords = 20;

    /// <summary>So many are read at once.</summary>
    public const int MostAtOnce = CallSlots.First - 1;

    private const int MostFields = 50;
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _longestEnd = TimeSpan.FromSeconds(1);
    private readonly Queue<(HeldBack Record, Task<IReadOnlyList<FieldChange>?> Reading)> _held = [];
    // So that a slot is left for whoever sends.
    private readonly SemaphoreSlim _turns = new(MostAtOnce);
    private readonly CancellationTokenSource _over = new();
    private readonly Dictionary<string, int> _fields = new(StringComparer.Ordinal);
    private HeldValues? _values;
    private int _taken, _compared;
    // What cannot be read now is not asked for again in this run.
    private volatile bool _failed;

    /// <summary>The counts, the most frequent field first; null when no record was compared.</summary>
    public ChangedFields? Counts => _compared == 0 ? null : new ChangedFields(_compared, [.. _fields.OrderByDescending(f => f.Value)
        .ThenBy(f => f.Key, StringComparer.Ordinal).Take(MostFields).Select(f => new ChangedField(f.Key, f.Value))]);

    /// <summary>Records held back.</summary>
    public int Count => _held.Count;

    /// <summary>True for a row that is to be compared.</summary>
    public bool Wants(in JudgedRow row) => row is { Decision: Decision.Changed, Row.Key: not null } && !context.IsEvents
        && _taken < MostRecords && !_failed;

    /// <summary>Holds a row's record back and begins to read what Pendo holds of it.</summary>
    public void Hold(in JudgedRow row, FieldPlan fields)
    {
        if (_taken++ == 0)
            _over.CancelAfter(_longest);
        _values ??= new HeldValues(context with { Pendo = context.Pendo.Once }, fields);
        var record = new HeldBack(row.Row.KeyHash, row.Row.Fingerprint, row.Tries, row.Row.Payload.ToArray(), row.Row.Cursor,
            row.WasRejected);
        _held.Enqueue((record, ReadAsync(row.Row.Key!, record.Payload)));
    }

    /// <summary>The records that need not be held back any longer.</summary>
    public async IAsyncEnumerable<HeldBack> ReleaseAsync()
    {
        while (_held.TryPeek(out var next) && next.Reading.IsCompleted)
        {
            _held.Dequeue();
            if (await next.Reading is { } changes)
            {
                _compared++;
                foreach (var change in changes)
                    _fields[change.Field] = _fields.GetValueOrDefault(change.Field) + 1;
            }

            yield return next.Record;
        }
    }

    /// <summary>Waits a moment for what is still being read; afterwards everything can be released.</summary>
    public async Task EndAsync(CancellationToken ct)
    {
        var readings = Task.WhenAll(_held.Select(h => h.Reading));
        if (readings.IsCompleted)
            return;
        await Task.WhenAny(readings, Task.Delay(_longestEnd, clock, ct));
        await _over.CancelAsync();
        await readings;
        ct.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _over.Cancel();
        _over.Dispose();
        _turns.Dispose();
    }

    // Null: it could not be read in time.
    private async Task<IReadOnlyList<FieldChange>?> ReadAsync(string key, byte[] payload)
    {
        try
        {
            await _turns.WaitAsync(_over.Token);
            try
            {
                using var slot = await context.Pendo.Slots.TakeAsync(_over.Token);
                return _failed ? null : await _values!.ChangesAsync(key, payload, _over.Token);
            }
            finally
            {
                _turns.Release();
            }
        }
        catch (Exception e) when (e is ProblemException or OperationCanceledException or ObjectDisposedException)
        {
            _failed = true;
            return null;
        }
    }

    /// <summary>A record that is to be sent once Pendo was read.</summary>
    internal sealed record HeldBack(ulong KeyHash, ulong Fingerprint, byte Tries, byte[] Payload, CursorValue? Cursor, bool WasRejected);
}
