using System.Text.Json.Serialization;
using PendoSync.Definitions;

namespace PendoSync.Batches;

/// <summary>Records sent in one go, with everything needed to deliver them long after they were planned.</summary>
public sealed class RecordBatch
{
    /// <summary>The format this code writes and reads.</summary>
    public const int CurrentFormat = 3;

    /// <summary>Where it belongs.</summary>
    public required BatchId Id { get; init; }

    /// <summary>How to send it, by value: later changes of the definitions do not touch it.</summary>
    public required BatchTarget Target { get; init; }

    /// <summary>The records.</summary>
    public required PackedRecords Records { get; init; }

    /// <summary>Delivery try, from 0; only transient failures count. 5 tries, then given_up.</summary>
    public int Try { get; init; }

    /// <summary>Grows with every enqueue, from 0.</summary>
    public int Copy { get; init; }

    /// <summary>When the first copy was enqueued; 24 h later its records are given_up.</summary>
    public required DateTimeOffset FirstEnqueued { get; init; }

    /// <summary>Lowest cursor value among its rows; null without cursor.</summary>
    public string? Cursor { get; init; }

    /// <summary>W3C trace parent of the planning, so that a trace follows the batch.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Unique per enqueue: run-attempt-batch-copy.</summary>
    public string MessageId => $"{Id.RunId}-{Id.Attempt}-{Id.Number}-{Copy}";

    /// <summary>What is said of it beside its body.</summary>
    public BatchHeader Header => new(Id, Records.Count, Cursor, Target.Object == PendoObject.TrackEvent);

    /// <summary>The next copy, with the same records.</summary>
    public RecordBatch Again(bool countTry) => new()
    {
        Id = Id,
        Target = Target,
        Records = Records,
        Try = countTry ? Try + 1 : Try,
        Copy = Copy + 1,
        FirstEnqueued = FirstEnqueued,
        Cursor = Cursor,
        TraceParent = TraceParent,
    };
}

/// <summary>Names one batch of one planning attempt of one run.</summary>
public sealed record BatchId(string Sync, string RunId, int Attempt, int Number);

/// <summary>How a batch is sent.</summary>
public sealed record BatchTarget
{
    /// <summary>Pendo connection by name.</summary>
    public required string Connection { get; init; }

    /// <summary>Its hosts when the run was planned; null: whatever it names now.</summary>
    public string? Hosts { get; init; }

    /// <summary>Account, visitor or track event.</summary>
    public required PendoObject Object { get; init; }

    /// <summary>Metadata group; empty for events.</summary>
    public string Group { get; init; } = "custom";

    /// <summary>True for update_or_create.</summary>
    public bool Create { get; init; }

    /// <summary>Application of track events.</summary>
    public string? App { get; init; }

    /// <summary>What a lost answer means, for events.</summary>
    public DeliveryPolicy Delivery { get; init; }

    /// <summary>Events per progress record.</summary>
    public int Chunk { get; init; } = 100;

    /// <summary>Calls at a time, for events.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>True: events too old for Pendo are sent all the same.</summary>
    public bool SendTooOld { get; init; }
}

/// <summary>Asks for one run of a sync.</summary>
/// <param name="Sync">Its name.</param>
/// <param name="RunId">The run's id; its row exists.</param>
/// <param name="Mode">incremental or full.</param>
/// <param name="Trigger">timer, http, cli or after.</param>
/// <param name="RequestedAt">When it was asked for.</param>
/// <param name="TraceParent">W3C trace context of whoever asked; null: none.</param>
public sealed record SyncRequest(
    string Sync, string RunId, RunMode Mode, string Trigger, DateTimeOffset RequestedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TraceParent = null);

/// <summary>What a run reads and sends.</summary>
public enum RunMode
{
    /// <summary>From the cursor, and only what changed.</summary>
    Incremental,

    /// <summary>Everything: cursor and fingerprints are ignored, every valid record is sent (events: only the cursor is ignored).</summary>
    Full,
}
