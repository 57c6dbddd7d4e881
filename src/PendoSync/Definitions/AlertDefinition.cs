namespace PendoSync.Definitions;

/// <summary>Where and when to tell people that something needs them.</summary>
public sealed record AlertDefinition
{
    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>Address of the receiver; usually a secret.</summary>
    public required SecretText Url { get; init; }

    /// <summary>"webhook" (Standard Webhooks) or "slack".</summary>
    public string Format { get; init; } = "webhook";

    /// <summary>Signing secret of a Standard Webhooks receiver (<c>whsec_…</c>); null: not signed.</summary>
    public SecretText? Secret { get; init; }

    /// <summary>
    /// Any of run_failed, limit_hit, no_success, rejected_share, invalid_share, not_found_share, empty_read, health_changed, recovered.
    /// </summary>
    public IReadOnlyList<string> On { get; init; } = ["run_failed", "limit_hit", "recovered"];

    /// <summary>Syncs it watches; empty: all.</summary>
    public IReadOnlyList<string> Syncs { get; init; } = [];

    /// <summary>For no_success: hours without a success. Default 24.</summary>
    public double NoSuccessHours { get; init; } = 24;

    /// <summary>For rejected_share: percent of delivered. Default 5.</summary>
    public double RejectedPercent { get; init; } = 5;

    /// <summary>For not_found_share: percent of all keys the sync knows. Default 90.</summary>
    public double NotFoundPercent { get; init; } = 90;

    /// <summary>For invalid_share: percent of read. Default 5.</summary>
    public double InvalidPercent { get; init; } = 5;
}
