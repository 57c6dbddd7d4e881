using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;

namespace PendoSync.Planning;

/// <summary>
/// Counts by field what became different in the first changed records of a run. Of what Pendo accepted only fingerprints are kept, so
/// Pendo is asked what it holds, before a record joins its batch. It never costs a run more than a few seconds, and never makes it fail.
/// </summary>
internal sealed class ChangedFieldsTally(SyncContext context, TimeProvider clock)
{
    /// <summary>So many records are compared.</summary>
    public const int MostRecords = 20;

    private const int MostFields = 50;
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(5);
    private readonly HeldValues _held = new(context with { Pendo = context.Pendo.Once });
    private readonly Dictionary<string, int> _fields = new(StringComparer.Ordinal);
    private TimeSpan _left = _longest;
    private int _compared;

    /// <summary>The counts, the most frequent field first; null when no record was compared.</summary>
    public ChangedFields? Counts => _compared == 0 ? null : new ChangedFields(_compared, [.. _fields.OrderByDescending(f => f.Value)
        .ThenBy(f => f.Key, StringComparer.Ordinal).Take(MostFields).Select(f => new ChangedField(f.Key, f.Value))]);

    /// <summary>True for a row that is to be compared.</summary>
    public bool Wants(in JudgedRow row) => row is { Decision: Decision.Changed, Row.Key: not null } && !context.IsEvents
        && _compared < MostRecords && _left > TimeSpan.Zero;

    /// <summary>Compares one row; call it before the record is sent.</summary>
    public async Task CompareAsync(JudgedRow row, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        using var timer = new CancellationTokenSource(_left, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        try
        {
            foreach (var change in await _held.ChangesAsync(row.Row.Key!, row.Row.Payload.ToArray(), limit.Token))
                _fields[change.Field] = _fields.GetValueOrDefault(change.Field) + 1;
            _compared++;
            _left -= clock.GetElapsedTime(began);
        }
        catch (Exception e) when (e is ProblemException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            // What cannot be read now is not asked for again in this run.
            _left = TimeSpan.Zero;
        }
    }
}
