using System.Text.Json.Serialization;
using PendoSync.Batches;
using PendoSync.State;

namespace PendoSync.Reports;

/// <summary>One run, as people and programs see it. A run that could not start has no id.</summary>
public sealed record RunReport
{
    /// <summary>The sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Run id; null when no run was started.</summary>
    public string? RunId { get; init; }

    /// <summary>Where it stands.</summary>
    public RunState State { get; init; }

    /// <summary>The sync's health when the run ended; idle while it is not over.</summary>
    public Health Health { get; init; } = Health.Idle;

    /// <summary>Why it is not healthy, in a sentence; null when it is.</summary>
    public string? HealthReason { get; init; }

    /// <summary>What mends it; null when there is nothing to mend.</summary>
    public string? HealthFix { get; init; }

    /// <summary>Rows read.</summary>
    public long Read { get; init; }

    /// <summary>Rejected by us before sending.</summary>
    public long Invalid { get; init; }

    /// <summary>As Pendo accepted it last.</summary>
    public long Unchanged { get; init; }

    /// <summary>Rejected earlier, next try not due.</summary>
    public long Waiting { get; init; }

    /// <summary>Put into batches.</summary>
    public long Planned { get; init; }

    /// <summary>Taken by Pendo.</summary>
    public long Accepted { get; init; }

    /// <summary>Ids Pendo does not know, under update_only.</summary>
    public long NotFound { get; init; }

    /// <summary>Rejected by Pendo.</summary>
    public long Rejected { get; init; }

    /// <summary>Posted to Pendo: accepted ones and those it did not take.</summary>
    [JsonIgnore]
    public long Sent => Accepted + NotFound + Rejected + Unknown + GivenUp;

    /// <summary>Not taken: invalid, not found, rejected, unknown and given up.</summary>
    [JsonIgnore]
    public long Refused => Invalid + Sent - Accepted;

    /// <summary>Sent, answer lost.</summary>
    public long Unknown { get; init; }

    /// <summary>Tries or time used up.</summary>
    public long GivenUp { get; init; }

    /// <summary>Planned, never sent.</summary>
    public long Cancelled { get; init; }

    /// <summary>Value and track POSTs, retries included.</summary>
    public long Calls { get; init; }

    /// <summary>How long a call took on average, in ms; null before the first.</summary>
    public long? CallMs { get; init; }

    /// <summary>How many calls were open at once on average of the whole run; null before the first.</summary>
    public double? CallsAtOnce { get; init; }

    /// <summary>From its start to its end.</summary>
    public double Seconds { get; init; }

    /// <summary>timer, http, cli or after.</summary>
    public string Trigger { get; init; } = "cli";

    /// <summary>What it was asked to read and send.</summary>
    public RunMode Mode { get; init; }

    /// <summary>True when the read ignored the cursor.</summary>
    public bool Full { get; init; }

    /// <summary>When it was asked for; null when no run was started.</summary>
    public DateTimeOffset? RequestedAt { get; init; }

    /// <summary>When planning began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Things a person should know.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>Why its records were planned; null before the plan was closed.</summary>
    public RunReasons? Reasons { get; init; }

    /// <summary>Which fields became different, of the first changed records; null when none was compared.</summary>
    public ChangedFields? ChangedFields { get; init; }

    /// <summary>Keys of a few planned records.</summary>
    public IReadOnlyList<string> Sample { get; init; } = [];

    /// <summary>Records in step when it ended; null when that was not counted.</summary>
    public long? InStep { get; init; }

    /// <summary>All rows then.</summary>
    public long? InStepOf { get; init; }

    /// <summary>What stopped it; null when nothing did.</summary>
    public Problem? Error { get; init; }

    /// <summary>A stored run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="now">The time a run that is not over is measured to.</param>
    public static RunReport Of(RunRecord run, DateTimeOffset now) => new()
    {
        Sync = run.Sync,
        RunId = run.RunId,
        State = run.State,
        Health = run.Health?.Health ?? (run.State is RunState.Failed or RunState.Stopped ? Health.Failing
            : run.State.IsSuccess() ? Health.Healthy : Health.Idle),
        HealthReason = run.Health?.Reason,
        HealthFix = run.Health?.Fix,
        Read = run.Counts.Read,
        Invalid = run.Counts.Invalid,
        Unchanged = run.Counts.Unchanged,
        Waiting = run.Counts.Waiting,
        Planned = run.Counts.Planned,
        Accepted = run.Counts.Accepted,
        NotFound = run.Counts.NotFound,
        Rejected = run.Counts.Rejected,
        Unknown = run.Counts.Unknown,
        GivenUp = run.Counts.GivenUp,
        Cancelled = run.Counts.Cancelled,
        Calls = run.Counts.Calls,
        CallMs = run.Counts.Calls == 0 ? null : (long)(run.Counts.CallTime / run.Counts.Calls).TotalMilliseconds,
        CallsAtOnce = run.Counts.Calls > 0 && run.StartedAt is { } began && (run.EndedAt ?? now) - began is var took && took > TimeSpan.Zero
            ? Math.Round(run.Counts.CallTime / took, 1) : null,
        Seconds = run.StartedAt is { } started ? Math.Round(Math.Max(0, ((run.EndedAt ?? now) - started).TotalSeconds), 3) : 0,
        Trigger = run.Trigger,
        Mode = run.Mode,
        Full = run.Full,
        RequestedAt = run.RequestedAt,
        StartedAt = run.StartedAt,
        EndedAt = run.EndedAt,
        Notices = run.Notices,
        Reasons = run.Reasons,
        ChangedFields = run.ChangedFields,
        Sample = run.Sample,
        InStep = run.Standing?.InStep,
        InStepOf = run.Standing?.Rows,
        Error = run.Error,
    };

    /// <summary>A run that could not start.</summary>
    public static RunReport NotStarted(string sync, Problem problem) => new()
    {
        Sync = sync,
        State = RunState.Failed,
        Error = problem,
        Health = Health.Failing
    };
}

/// <summary>The runs of one command, one element per named sync.</summary>
/// <param name="Runs">In the order of the names.</param>
/// <param name="Error">Why not even the names are known; left out when there is nothing to say.</param>
public sealed record RunReports(
    IReadOnlyList<RunReport> Runs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Problem? Error = null);
