using System.Text.Json;
using PendoSync.Records;

namespace PendoSync.Reports;

/// <summary>What the next run would do with one key.</summary>
public enum NextDecision
{
    /// <summary>The model has no row of the key.</summary>
    Missing,

    /// <summary>Its row is rejected before sending.</summary>
    Invalid,

    /// <summary>Sent: the key was never accepted.</summary>
    New,

    /// <summary>Sent: the record differs from what Pendo accepted.</summary>
    Changed,

    /// <summary>Sent: it was rejected before and is due.</summary>
    Retry,

    /// <summary>Not sent: Pendo accepted the same.</summary>
    Unchanged,

    /// <summary>Not sent: it was rejected, and its next try is not due.</summary>
    Waiting,

    /// <summary>Not met by the next run: its row lies below the cursor; a full read meets it.</summary>
    BehindCursor,
}

/// <summary>The story of one key: row, record, fingerprint, last outcome, next decision.</summary>
public sealed record Explanation
{
    /// <summary>The sync.</summary>
    public required string Sync { get; init; }

    /// <summary>The key.</summary>
    public required string Key { get; init; }

    /// <summary>Rows of that key in the model; only the first counts.</summary>
    public int Rows { get; init; }

    /// <summary>The first row by column; null when there is none.</summary>
    public IReadOnlyDictionary<string, JsonElement?>? Row { get; init; }

    /// <summary>The record that would be sent; null when there is none.</summary>
    public JsonElement? Record { get; init; }

    /// <summary>The fields of that record, for whoever compares it with Pendo; null: it is an event, or there is none.</summary>
    internal FieldPlan? Fields { get; init; }

    /// <summary>Why the row is rejected before sending; null when it is not.</summary>
    public InvalidRow? Invalid { get; init; }

    /// <summary>Fingerprint of the record, 16 hex digits.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Fingerprint of what Pendo accepted last (for events: of the id when it was sent); null when nothing was.</summary>
    public string? AcceptedFingerprint { get; init; }

    /// <summary>When Pendo took it last; null when it never did, or longer ago than runs are kept.</summary>
    public DateTimeOffset? AcceptedAt { get; init; }

    /// <summary>The run it did so in.</summary>
    public string? AcceptedRun { get; init; }

    /// <summary>The last rejection that still counts; null when there is none.</summary>
    public RejectedItem? LastRejection { get; init; }

    /// <summary>accepted, or the outcome of the last rejection; null when the key was never sent.</summary>
    public string? LastOutcome { get; init; }

    /// <summary>What the next run would do.</summary>
    public NextDecision Decision { get; init; }

    /// <summary>The decision in a sentence.</summary>
    public required string Because { get; init; }

    /// <summary>The record in Pendo's user interface; null for events.</summary>
    public string? Link { get; init; }
}

/// <summary>Why a row is rejected before sending.</summary>
/// <param name="Rule">Our rule.</param>
/// <param name="Column">The column to blame; null when it is the whole record.</param>
/// <param name="Reason">The rule in words, with the value.</param>
public sealed record InvalidRow(string Rule, string? Column, string Reason);
