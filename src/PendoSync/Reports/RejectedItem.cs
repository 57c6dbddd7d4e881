using PendoSync.Definitions;
using PendoSync.State;

namespace PendoSync.Reports;

/// <summary>One rejected record. Its key is shown, its values are not (promise 11).</summary>
public sealed record RejectedItem
{
    /// <summary>The key; null when the row has none.</summary>
    public string? Key { get; init; }

    /// <summary>invalid, rejected, not_found, unknown or given_up.</summary>
    public required string Outcome { get; init; }

    /// <summary>Our rule, for invalid rows.</summary>
    public string? Rule { get; init; }

    /// <summary>The column to blame, for invalid rows; null when it is the whole record.</summary>
    public string? Column { get; init; }

    /// <summary>Pendo's reason, or what is wrong with the row.</summary>
    public string? Reason { get; init; }

    /// <summary>How often it was rejected.</summary>
    public int Tries { get; init; }

    /// <summary>First rejection.</summary>
    public DateTimeOffset First { get; init; }

    /// <summary>Last rejection.</summary>
    public DateTimeOffset Last { get; init; }

    /// <summary>When it is tried again; null: when its row changes, of an unknown event as <c>delivery</c> says.</summary>
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>The run that rejected it last.</summary>
    public required string RunId { get; init; }

    /// <summary>When it is tried again, in words; null: at <see cref="NextDue"/>.</summary>
    /// <param name="sync">Its sync; null when it cannot be loaded.</param>
    internal string? NextTry(SyncDefinition? sync) => this switch
    {
        { NextDue: not null } => null,
        { Outcome: "unknown" } => sync?.Event?.Delivery == DeliveryPolicy.AtMostOnce ? "never (at_most_once)" : "with the next run",
        _ => "when its row changes",
    };

    /// <summary>A stored rejection.</summary>
    public static RejectedItem Of(Rejection rejection) => new()
    {
        Key = rejection.Key,
        Outcome = rejection.Outcome,
        Rule = rejection.Rule,
        Column = rejection.Column,
        Reason = rejection.Reason,
        Tries = rejection.Tries,
        First = rejection.First,
        Last = rejection.Last,
        NextDue = rejection.NextDue,
        RunId = rejection.RunId,
    };
}
