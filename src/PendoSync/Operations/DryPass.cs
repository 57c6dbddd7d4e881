using PendoSync.Diffing;
using PendoSync.Records;
using PendoSync.Running;

namespace PendoSync.Operations;

/// <summary>A record of the sample.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Payload">What would be sent.</param>
internal sealed record SampledRecord(string Key, byte[] Payload);

/// <summary>One pass over the model that only counts.</summary>
internal sealed class DryPass(SyncContext context, ModelRead read, Diff diff)
{
    private const int SampleSize = 5;
    private readonly Dictionary<string, long> _rules = new(StringComparer.Ordinal);
    private readonly List<SampledRecord> _changed = [];
    private readonly List<SampledRecord> _others = [];
    private int _inBatch;
    private long _bytes;

    /// <summary>Rows read.</summary>
    public long Read { get; private set; }

    /// <summary>Rows refused before sending.</summary>
    public long Invalid { get; private set; }

    /// <summary>As accepted last.</summary>
    public long Unchanged { get; private set; }

    /// <summary>Refused earlier, not due.</summary>
    public long Waiting { get; private set; }

    /// <summary>Never accepted.</summary>
    public long New { get; private set; }

    /// <summary>Differs from what was accepted.</summary>
    public long Changed { get; private set; }

    /// <summary>Refused earlier and due.</summary>
    public long Retry { get; private set; }

    /// <summary>Would be sent.</summary>
    public long Planned => New + Changed + Retry;

    /// <summary>Calls it would take: batches, or events.</summary>
    public long Batches { get; private set; }

    /// <summary>Refused rows by rule.</summary>
    public IReadOnlyDictionary<string, long> Rules => _rules;

    /// <summary>A few records that would be sent, changed ones first.</summary>
    public IReadOnlyList<SampledRecord> Sample => [.. _changed.Concat(_others).Take(SampleSize)];

    /// <summary>Rows refused by one rule.</summary>
    public long Rule(string rule) => _rules.GetValueOrDefault(rule);

    /// <summary>Reads to the end.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (await read.Reader.ReadAsync(ct))
        {
            Read++;
            var mapper = read.Mapper;
            if (mapper.Map(read.Reader) is { } invalid)
            {
                diff.Meet(mapper.KeyHash);
                Refuse(invalid.Rule);
            }
            else
            {
                Count(diff.Decide(mapper.KeyHash, mapper.Second), mapper);
            }
        }
    }

    private void Count(Decision decision, RowMapper mapper)
    {
        switch (decision)
        {
            case Decision.Unchanged:
                Unchanged++;
                return;
            case Decision.Waiting:
                Waiting++;
                return;
            case Decision.Repeated:
                Refuse(Records.Rules.RepeatedKey);
                return;
            case Decision.New:
                New++;
                break;
            case Decision.Changed:
                Changed++;
                break;
            case Decision.Retry:
                Retry++;
                break;
        }

        var sample = decision == Decision.Changed ? _changed : _others;
        if (sample.Count < SampleSize)
            sample.Add(new SampledRecord(mapper.Key!, mapper.Payload.ToArray()));
        CountBatch(mapper.Payload.Length);
    }

    private void CountBatch(int payload)
    {
        var sync = context.Sync;
        if (context.IsEvents || Batches == 0 || _inBatch == sync.BatchSize || _bytes + payload + 1 > sync.BatchBytes)
        {
            Batches++;
            (_inBatch, _bytes) = (0, 0);
        }

        _inBatch++;
        _bytes += payload;
    }

    private void Refuse(string rule)
    {
        Invalid++;
        _rules[rule] = Rule(rule) + 1;
    }
}
