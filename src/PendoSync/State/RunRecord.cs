using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using PendoSync.Batches;

namespace PendoSync.State;

/// <summary>Where a run stands.</summary>
public enum RunState
{
    /// <summary>Asked for.</summary>
    Requested,

    /// <summary>Reading and fanning out.</summary>
    Planning,

    /// <summary>Batches are delivered.</summary>
    Delivering,

    /// <summary>Everything was read and answered.</summary>
    Completed,

    /// <summary>Everything was read and sent; some records are invalid, rejected, given up or unknown. A success.</summary>
    CompletedWithErrors,

    /// <summary>Ended early or with records nobody answered; the next run goes on.</summary>
    Partial,

    /// <summary>A limit stopped it.</summary>
    Stopped,

    /// <summary>It could not go on.</summary>
    Failed,

    /// <summary>Somebody cancelled it.</summary>
    Cancelled,
}

/// <summary>What a state of a run means.</summary>
public static class RunStates
{
    /// <summary>True when everything was read and sent; <c>after:</c> counts it.</summary>
    public static bool IsSuccess(this RunState state) => state is RunState.Completed or RunState.CompletedWithErrors;

    /// <summary>The word of JSON and logs: completed_with_errors.</summary>
    public static string Word(this RunState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());
}

/// <summary>
/// Counts of one run; <c>read = invalid + unchanged + waiting + planned</c> and <c>planned = accepted + … + cancelled</c> (promise 6).
/// </summary>
public sealed record RunCounts
{
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

    /// <summary>Sent, answer lost.</summary>
    public long Unknown { get; init; }

    /// <summary>Tries or time used up.</summary>
    public long GivenUp { get; init; }

    /// <summary>Planned, never sent.</summary>
    public long Cancelled { get; init; }

    /// <summary>Value and track POSTs, retries included.</summary>
    public long Calls { get; init; }

    /// <summary>How long these calls took, all together.</summary>
    public TimeSpan CallTime { get; init; }

    /// <summary>Planned records with an answer.</summary>
    public long Delivered => Accepted + NotFound + Rejected + Unknown + GivenUp;

    /// <summary>Records that make a run complete with errors; not found and waiting ones do not.</summary>
    public long Errors => Invalid + Rejected + Unknown + GivenUp;

    /// <summary>These counts with the outcomes of another one added.</summary>
    public RunCounts PlusOutcomes(RunCounts more) => this with
    {
        Accepted = Accepted + more.Accepted,
        NotFound = NotFound + more.NotFound,
        Rejected = Rejected + more.Rejected,
        Unknown = Unknown + more.Unknown,
        GivenUp = GivenUp + more.GivenUp,
        Cancelled = Cancelled + more.Cancelled,
        Calls = Calls + more.Calls,
        CallTime = CallTime + more.CallTime,
    };

    /// <summary>These plan counts with the outcomes of another one.</summary>
    public RunCounts WithOutcomesOf(RunCounts outcomes) => outcomes with
    {
        Read = Read,
        Invalid = Invalid,
        Unchanged = Unchanged,
        Waiting = Waiting,
        Planned = Planned,
    };

    /// <summary>These plan counts, or at least what receipts prove: of a planner that died no more is known.</summary>
    public RunCounts Covering(RunCounts receipts)
    {
        var missing = Math.Max(0, receipts.Delivered - Planned);
        return this with { Planned = Planned + missing, Read = Read + missing };
    }

    /// <summary>The first broken sum as a sentence, or null.</summary>
    public string? BrokenSum() =>
        Read != Invalid + Unchanged + Waiting + Planned
            ? $"read {Read} is not invalid {Invalid} + unchanged {Unchanged} + waiting {Waiting} + planned {Planned}"
        : Planned != Delivered + Cancelled ? $"planned {Planned} is not the sum of its outcomes {Delivered + Cancelled}"
        : null;
}

/// <summary>Why records are planned.</summary>
/// <param name="New">Never accepted.</param>
/// <param name="Changed">The row differs from what Pendo accepted.</param>
/// <param name="Retry">Refused before, and due.</param>
/// <param name="Mapping">The definition changed, or a full run sends everything.</param>
public sealed record RunReasons(long New, long Changed, long Retry, long Mapping);

/// <summary>
/// Which fields became different in the first changed records of a run, compared with what Pendo held before they were sent.
/// </summary>
/// <param name="Compared">Records that were compared, at most 20.</param>
/// <param name="Fields">The fields, the most frequent first.</param>
public sealed record ChangedFields(int Compared, IReadOnlyList<ChangedField> Fields);

/// <summary>One of them.</summary>
/// <param name="Field">Its name in Pendo.</param>
/// <param name="Records">Compared records in which it is different.</param>
public sealed record ChangedField(string Field, int Records);

/// <summary>One execution of a sync.</summary>
public sealed record RunRecord
{
    /// <summary>Sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Run id; newer runs sort first.</summary>
    public required string RunId { get; init; }

    /// <summary>Where it stands.</summary>
    public RunState State { get; init; }

    /// <summary>timer, http, cli or after.</summary>
    public string Trigger { get; init; } = "cli";

    /// <summary>What it was asked to read and send.</summary>
    public RunMode Mode { get; init; }

    /// <summary>Planning attempt.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Batches planned.</summary>
    public int Batches { get; init; }

    /// <summary>True when the read ignored the cursor.</summary>
    public bool Full { get; init; }

    /// <summary>Counts so far.</summary>
    public RunCounts Counts { get; init; } = new();

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset RequestedAt { get; init; }

    /// <summary>When planning began; null before.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null before.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What stopped it, or null.</summary>
    public Problem? Error { get; init; }

    /// <summary>Why its records were planned; null before the plan was closed.</summary>
    public RunReasons? Reasons { get; init; }

    /// <summary>Which fields of changed records became different; null when none was compared.</summary>
    public ChangedFields? ChangedFields { get; init; }

    /// <summary>Keys of a few planned records.</summary>
    public IReadOnlyList<string> Sample { get; init; } = [];

    /// <summary>How the keys stood when it ended; null when that was not counted.</summary>
    public Standing? Standing { get; init; }

    /// <summary>The sync's health when it ended; null before.</summary>
    public HealthReport? Health { get; init; }

    /// <summary>Things a person should know.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>True when nothing more happens to it.</summary>
    public bool Ended => State is not (RunState.Requested or RunState.Planning or RunState.Delivering);

    /// <summary>The record of a run that has none yet.</summary>
    public static RunRecord Of(string sync, ActiveRun active) => new()
    {
        Sync = sync,
        RunId = active.RunId,
        State = active.State == ActiveState.Requested ? RunState.Requested : RunState.Planning,
        Mode = active.Mode,
        Trigger = active.Trigger,
        Attempt = active.Attempt,
        RequestedAt = active.Since,
    };

    /// <summary>A new id: <c>SYNC-REVERSETIME+4 random</c>, so that newer runs sort first.</summary>
    public static string NewId(string sync, DateTimeOffset now)
    {
        var reverse = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() - now.ToUnixTimeMilliseconds();
        return $"{sync}-{reverse.ToString("D15", CultureInfo.InvariantCulture)}{RandomNumberGenerator.GetHexString(4, lowercase: true)}";
    }

    /// <summary>The sync of a run id; null when it is not one.</summary>
    public static string? SyncOf(string runId) => runId.LastIndexOf('-') is var dash and > 0 && runId.Length - dash == 20
        ? runId[..dash] : null;

    internal TableRow ToRow() => new(Sync, RunId)
    {
        ["state"] = State.ToString().ToLowerInvariant(),
        ["trigger"] = Trigger,
        ["mode"] = Mode.ToString().ToLowerInvariant(),
        ["attempt"] = Attempt,
        ["batches"] = Batches,
        ["full"] = Full,
        ["counts"] = StateJson.Write(Counts),
        ["requestedAt"] = RequestedAt,
        ["startedAt"] = StartedAt,
        ["endedAt"] = EndedAt,
        ["error"] = StateJson.Write(Error?.Short()),
        ["reasons"] = StateJson.Write(Reasons),
        ["changedFields"] = StateJson.Write(ChangedFields),
        ["sample"] = StateJson.WriteSome(Sample),
        ["standing"] = StateJson.Write(Standing),
        ["health"] = StateJson.Write(Health),
        ["notices"] = StateJson.WriteSome(Notices),
    };

    internal static RunRecord FromRow(TableRow row)
    {
        try
        {
            return Read(row);
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException)
        {
            throw new DamagedRowException(Tables.Runs, row, e);
        }
    }

    private static RunRecord Read(TableRow row) => new()
    {
        Sync = row.Partition,
        RunId = row.Row,
        State = Enum.Parse<RunState>(row.Text("state") ?? "", ignoreCase: true),
        Trigger = row.Text("trigger") ?? "cli",
        Mode = Enum.Parse<RunMode>(row.Text("mode") ?? "incremental", ignoreCase: true),
        Attempt = (int)row.Number("attempt"),
        Batches = (int)row.Number("batches"),
        Full = row.Flag("full"),
        Counts = StateJson.Read<RunCounts>(row.Text("counts") ?? "{}"),
        RequestedAt = row.Time("requestedAt") ?? row.Timestamp,
        StartedAt = row.Time("startedAt"),
        EndedAt = row.Time("endedAt"),
        Error = StateJson.Read<Problem>(row.Text("error")),
        Reasons = StateJson.Read<RunReasons>(row.Text("reasons")),
        ChangedFields = StateJson.Read<ChangedFields>(row.Text("changedFields")),
        Sample = StateJson.Read<IReadOnlyList<string>>(row.Text("sample")) ?? [],
        Standing = StateJson.Read<Standing>(row.Text("standing")),
        Health = StateJson.Read<HealthReport>(row.Text("health")),
        Notices = StateJson.Read<IReadOnlyList<string>>(row.Text("notices")) ?? [],
    };
}
