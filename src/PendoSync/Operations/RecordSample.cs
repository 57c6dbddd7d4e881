using PendoSync.Delivery;
using PendoSync.Planning;
using PendoSync.Reports;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Operations;

/// <summary>A record of the sample.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Payload">What would be sent.</param>
internal sealed record SampledRecord(string Key, byte[] Payload);

/// <summary>Keeps a few records that would be sent and counts the calls that it would take.</summary>
internal sealed class RecordSample(SyncContext context, DateTimeOffset at) : IRowTaker
{
    private const int SampleSize = 5;
    private readonly List<SampledRecord> _changed = [];
    private readonly List<SampledRecord> _others = [];
    private readonly Dictionary<Invalid, ProblemGroup> _invalid = [];
    private int _inBatch;
    private long _bytes;

    /// <summary>Calls it would take: a batch each, an event, or a flag.</summary>
    public long Calls { get; private set; }

    /// <summary>Invalid rows by rule and column, the largest group first.</summary>
    public IReadOnlyList<ProblemGroup> Groups(long read) => [.. _invalid.Values.OrderByDescending(g => g.Count)
        .Select(g => g with { Share = Math.Round((double)g.Count / Math.Max(1, read), 6) })];

    /// <summary>A few records that would be sent, changed ones first.</summary>
    public IReadOnlyList<SampledRecord> Records => [.. _changed.Concat(_others).Take(SampleSize)];

    /// <inheritdoc/>
    public ValueTask TakeAsync(in JudgedRow row, CancellationToken ct)
    {
        if (row.Invalid is { } invalid)
        {
            var group = _invalid.GetValueOrDefault(invalid) ?? new ProblemGroup
            {
                Outcome = "invalid",
                Rule = invalid.Rule,
                Column = invalid.Column,
                Reason = Rules.Message(invalid),
                First = at,
                Last = at,
            };
            _invalid[invalid] = group with
            {
                Count = group.Count + 1,
                Examples = group.Examples.Count < 3 && ProblemGroup.IsExample(row.Row.Key) && !group.Examples.Contains(row.Row.Key)
                    ? [.. group.Examples, row.Row.Key] : group.Examples,
            };
        }

        if (!row.IsPlanned)
            return ValueTask.CompletedTask;
        var sample = row.Decision == Decision.Changed ? _changed : _others;
        if (sample.Count < SampleSize)
            sample.Add(new SampledRecord(row.Row.Key!, row.Row.Payload.ToArray()));
        CountCall(row.Row.Payload);
        return ValueTask.CompletedTask;
    }

    private void CountCall(ReadOnlySpan<byte> payload)
    {
        var sync = context.Sync;
        if (sync.IsFlags)
        {
            Calls += FlagDelivery.CallsFor(payload);
            return;
        }

        if (context.IsEvents || Calls == 0 || _inBatch == sync.BatchSize || _bytes + payload.Length + 1 > sync.BatchBytes)
        {
            Calls++;
            (_inBatch, _bytes) = (0, 0);
        }

        _inBatch++;
        _bytes += payload.Length;
    }
}
