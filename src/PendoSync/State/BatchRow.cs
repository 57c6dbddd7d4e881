using System.Buffers.Binary;
using System.Text.Json;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Pendo;

namespace PendoSync.State;

/// <summary>
/// The entity of one batch: intent, then receipt. Per record 17 bytes: key hash, fingerprint, and one byte with the outcome
/// (low 3 bits) and the number of its reason from 1 (high 5 bits).
/// </summary>
public sealed class BatchRow
{
    /// <summary>How long a deliverer may work on a batch; all its calls end before.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(8);

    /// <summary>Distinct reasons kept per batch.</summary>
    public const int MaxReasons = 20;

    private const int RecordBytes = 17;
    private const int ReasonLength = 500;
    private const int PropertyBytes = 64 * 1024 / RecordBytes * RecordBytes;
    private byte[] _packed;

    private BatchRow(byte[] packed) => _packed = packed;

    /// <summary>A new intent for a batch.</summary>
    public BatchRow(RecordBatch batch, string owner)
    {
        var records = batch.Records;
        _packed = new byte[records.Count * RecordBytes];
        for (var i = 0; i < records.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_packed.AsSpan(i * RecordBytes), records.KeyHashes[i]);
            BinaryPrimitives.WriteUInt64LittleEndian(_packed.AsSpan((i * RecordBytes) + 8), records.Fingerprints[i]);
        }

        (RunId, Attempt, Number) = (batch.Id.RunId, batch.Id.Attempt, batch.Id.Number);
        (Owner, Cursor, Create) = (owner, batch.Cursor, batch.Target.Create);
        (IsEvents, PlannedAt) = (batch.Target.Object == PendoObject.TrackEvent, batch.FirstEnqueued);
        Remembers = batch.Target.Delivery == DeliveryPolicy.AtMostOnce;
    }

    /// <summary>A new intent for a batch whose records nobody can read: they are counted, but belong to no key.</summary>
    public BatchRow(BatchHeader header, string owner)
    {
        _packed = new byte[header.Records * RecordBytes];
        (RunId, Attempt, Number) = (header.Id.RunId, header.Id.Attempt, header.Id.Number);
        (Owner, Cursor, IsEvents) = (owner, header.Cursor, header.IsEvents);
    }

    /// <summary>The run.</summary>
    public string RunId { get; init; } = "";

    /// <summary>The planning attempt.</summary>
    public int Attempt { get; init; }

    /// <summary>Batch number, from 0.</summary>
    public int Number { get; init; }

    /// <summary>Intent or receipt.</summary>
    public BatchRowKind Kind { get; set; }

    /// <summary>Who delivers.</summary>
    public string Owner { get; set; } = "";

    /// <summary>Lowest cursor of its rows.</summary>
    public string? Cursor { get; init; }

    /// <summary>The behaviour it was sent under.</summary>
    public bool Create { get; init; }

    /// <summary>True for track events: then the two hashes are one 128-bit id.</summary>
    public bool IsEvents { get; init; }

    /// <summary>True for events sent at most once: an unknown one counts as sent.</summary>
    public bool Remembers { get; init; }

    /// <summary>
    /// True once a call was made whose records may have been applied although they have no outcome: they must not count as never sent.
    /// </summary>
    public bool MayBeApplied { get; set; }

    /// <summary>When the batch was planned; each of its calls began later.</summary>
    public DateTimeOffset PlannedAt { get; init; }

    /// <summary>
    /// Until then a call with values of this batch that got no answer may still be applied: its keys are in doubt, whatever a later call
    /// brought. Null: no such call.
    /// </summary>
    public DateTimeOffset? DoubtUntil { get; private set; }

    /// <summary>Calls made, retries included.</summary>
    public long Calls { get; private set; }

    /// <summary>How long they took, all together.</summary>
    public TimeSpan CallTime { get; private set; }

    /// <summary>The one reason with which Pendo rejected the whole batch; null when it did not.</summary>
    public string? RejectedWhole { get; set; }

    /// <summary>What the last try of a batch met that was given up; null when it was not.</summary>
    public string? GivenUpReason { get; set; }

    /// <summary>Why the whole run has to stop; null: it has not.</summary>
    public Problem? Stop { get; set; }

    /// <summary>What is left to send of accounts or visitors; null before the first call.</summary>
    public BatchSplit? Split { get; set; }

    /// <summary>Reasons of rejections; numbered from 1 in the records.</summary>
    public List<string> Reasons { get; init; } = [];

    /// <summary>The entity's version.</summary>
    public string Version { get; set; } = "";

    /// <summary>When the store last wrote it; of an intent of values also when its last call began, within a second.</summary>
    public DateTimeOffset Timestamp { get; set; }

    /// <summary>Number of records.</summary>
    public int Count => _packed.Length / RecordBytes;

    /// <summary>Key hash of a record.</summary>
    public ulong KeyHash(int i) => BinaryPrimitives.ReadUInt64LittleEndian(_packed.AsSpan(i * RecordBytes));

    /// <summary>Fingerprint, or rest of an event id.</summary>
    public ulong Fingerprint(int i) => BinaryPrimitives.ReadUInt64LittleEndian(_packed.AsSpan((i * RecordBytes) + 8));

    /// <summary>Outcome of a record.</summary>
    public RecordOutcome OutcomeOf(int i) => (RecordOutcome)(_packed[(i * RecordBytes) + 16] & 7);

    /// <summary>Reason of a record, or null.</summary>
    public string? ReasonOf(int i) => (_packed[(i * RecordBytes) + 16] >> 3) is var number and > 0 && number <= Reasons.Count
        ? Reasons[number - 1] : null;

    /// <summary>Counts a call.</summary>
    public void Called(PendoAnswer answer) => (Calls, CallTime) = (Calls + 1, CallTime + answer.Took);

    /// <summary>Sets an outcome; once twenty reasons are kept, a record with another one has none.</summary>
    public void Set(int i, RecordOutcome outcome, string? reason = null)
    {
        var number = 0;
        if (!string.IsNullOrEmpty(reason))
        {
            var kept = ShownText.Cut(reason, ReasonLength);
            number = Reasons.IndexOf(kept) + 1;
            if (number == 0 && Reasons.Count < MaxReasons)
            {
                Reasons.Add(kept);
                number = Reasons.Count;
            }
        }

        _packed[(i * RecordBytes) + 16] = (byte)((int)outcome | (number << 3));
    }

    /// <summary>Sets every record without an outcome.</summary>
    public void SetRest(RecordOutcome outcome, string? reason = null)
    {
        for (var i = 0; i < Count; i++)
            if (OutcomeOf(i) == RecordOutcome.None)
                Set(i, outcome, reason);
    }

    /// <summary>Ends what has no outcome: cancelled when it was surely never applied, else unknown.</summary>
    public void CancelRest(string? reason = null)
    {
        EndStarted();
        if (MayBeApplied)
            SetRest(RecordOutcome.Unknown, "the delivery was cut off");
        else
            SetRest(RecordOutcome.Cancelled, reason);
    }

    /// <summary>What was started when its deliverer died may have been applied.</summary>
    public void EndStarted()
    {
        for (var i = 0; i < Count; i++)
            if (OutcomeOf(i) == RecordOutcome.Started)
                Set(i, RecordOutcome.Unknown, "the answer was lost");
    }

    /// <summary>
    /// The call that this intent announced has no answer: what it held may be applied now or later. Events know it by their progress.
    /// </summary>
    public void NotAnswered()
    {
        if (IsEvents)
            return;
        MayBeApplied = true;
        var until = Timestamp + PendoClient.AppliedLate;
        DoubtUntil = DoubtUntil > until ? DoubtUntil : until;
    }

    /// <summary>Its deliverer died, or is taken for dead: whatever it had begun has no answer.</summary>
    public void Abandon()
    {
        EndStarted();
        if (Kind == BatchRowKind.Intent)
            NotAnswered();
    }

    /// <summary>Outcomes counted.</summary>
    public RunCounts Totals()
    {
        Span<long> by = stackalloc long[8];
        for (var i = 0; i < Count; i++)
            by[(int)OutcomeOf(i)]++;
        return new RunCounts
        {
            Accepted = by[(int)RecordOutcome.Accepted],
            NotFound = by[(int)RecordOutcome.NotFound],
            Rejected = by[(int)RecordOutcome.Rejected],
            Unknown = by[(int)RecordOutcome.Unknown],
            GivenUp = by[(int)RecordOutcome.GivenUp],
            Cancelled = by[(int)RecordOutcome.Cancelled],
            Calls = Calls,
            CallTime = CallTime,
        };
    }

    internal TableRow ToRow()
    {
        var row = new TableRow(ReceiptTable.PartitionOf(RunId, Attempt), ReceiptTable.RowOf(Number))
        {
            ["kind"] = Kind.ToString().ToLowerInvariant(),
            ["owner"] = Owner,
            ["records"] = Count,
            ["cursor"] = Cursor,
            ["create"] = Create,
            ["events"] = IsEvents,
            ["remembers"] = Remembers,
            ["applied"] = MayBeApplied,
            ["planned"] = PlannedAt == default ? null : PlannedAt,
            ["doubt"] = DoubtUntil,
            ["calls"] = Calls,
            ["callTime"] = (long)CallTime.TotalMilliseconds,
            ["rejectedWhole"] = RejectedWhole is null ? null : ShownText.Cut(RejectedWhole, ReasonLength),
            ["gave_up"] = GivenUpReason is null ? null : ShownText.Cut(GivenUpReason, ReasonLength),
            ["stop"] = StateJson.Write(Stop?.Short()),
            ["split"] = Kind == BatchRowKind.Receipt ? null : Split?.ToText(),
            ["reasons"] = Reasons.Count == 0 ? null : ReasonsJson(),
            ["totals"] = Kind == BatchRowKind.Receipt ? JsonSerializer.Serialize(Totals()) : null,
        };
        for (int offset = 0, part = 0; offset < _packed.Length; offset += PropertyBytes, part++)
            row["b" + part] = _packed.AsSpan(offset, Math.Min(PropertyBytes, _packed.Length - offset)).ToArray();
        return row;
    }

    internal static BatchRow FromRow(TableRow row)
    {
        try
        {
            var parts = new List<byte[]>();
            while (row.Bytes("b" + parts.Count) is { } part)
                parts.Add(part);
            var packed = parts.Count == 1 ? parts[0] : [.. parts.SelectMany(p => p)];
            if (packed.Length % RecordBytes != 0)
                throw new FormatException("records of a broken length");
            var dot = row.Partition.LastIndexOf('.');
            return new BatchRow(packed)
            {
                RunId = row.Partition[..dot],
                Attempt = int.Parse(row.Partition.AsSpan(dot + 1)),
                Number = int.Parse(row.Row),
                Kind = Enum.Parse<BatchRowKind>(row.Text("kind") ?? "", ignoreCase: true),
                Owner = row.Text("owner") ?? "",
                Cursor = row.Text("cursor"),
                Create = row.Flag("create"),
                IsEvents = row.Flag("events"),
                Remembers = row.Flag("remembers"),
                MayBeApplied = row.Flag("applied"),
                PlannedAt = row.Time("planned") ?? default,
                DoubtUntil = row.Time("doubt"),
                Calls = row.Number("calls"),
                CallTime = TimeSpan.FromMilliseconds(row.Number("callTime")),
                RejectedWhole = row.Text("rejectedWhole"),
                GivenUpReason = row.Text("gave_up"),
                Split = BatchSplit.FromText(row.Text("split"), packed.Length / RecordBytes),
                Reasons = StateJson.Read<List<string>>(row.Text("reasons")) ?? [],
                Version = row.Version,
                Timestamp = row.Timestamp,
            };
        }
        catch (Exception e) when (e is FormatException or JsonException or ArgumentException or OverflowException)
        {
            throw new DamagedRowException(Tables.Receipts, row, e);
        }
    }

    // A text property holds 32,768 characters, and JSON may write six for one.
    private string ReasonsJson()
    {
        for (var length = ReasonLength; ; length /= 2)
            if (StateJson.Write(Reasons.Select(r => ShownText.Cut(r, length))) is { Length: <= 32_000 } json)
                return json;
    }
}
