using PendoSync.Definitions;
using PendoSync.State;

namespace PendoSync.Runs;

/// <summary>
/// The limits of a sync, judged in one place for runs and plans; each answer is the problem, or null while the limit holds.
/// </summary>
internal static class LimitJudge
{
    /// <summary>Invalid rows of a whole read.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="invalid">Invalid rows, without events that are too old: those come with time, and nobody can correct them.</param>
    /// <param name="read">Rows read, without them.</param>
    public static Problem? Invalid(SyncDefinition sync, long invalid, long read) =>
        Broken(sync, invalid, read, read, sync.Limits.MaxInvalidPercent) is not { } percent ? null : Problem(sync,
            $"{invalid} of {read} rows are invalid ({percent:0.#} %, allowed are {sync.Limits.MaxInvalidPercent:0.#} %)",
            $"Look at `pendosync problems {sync.Name}`, correct the model, or raise limits.max_invalid_percent.");

    /// <summary>
    /// True: changes are counted before anything is sent. A first run that broke off is no ground to judge the next one by: until a whole
    /// read has ended nobody knows what is usual.
    /// </summary>
    public static bool GuardsChanges(SyncDefinition sync, Checkpoint checkpoint, long snapshot) =>
        sync.Limits.MaxChangedPercent < 100 && snapshot > 0 && checkpoint.LastFull is not null;

    /// <summary>
    /// Records that a run would send although Pendo holds something for them, or nothing yet, in percent of the snapshot.
    /// </summary>
    /// <param name="sync">The sync.</param>
    /// <param name="changed">New and changed records.</param>
    /// <param name="read">Rows read.</param>
    /// <param name="snapshot">Accepted records before; without any the limit does not apply.</param>
    public static Problem? Changed(SyncDefinition sync, long changed, long read, long snapshot) =>
        sync.Limits.MaxChangedPercent >= 100 || Broken(sync, changed, snapshot, read, sync.Limits.MaxChangedPercent) is not { } percent
            ? null : Problem(sync,
            $"{changed} records would change, {percent:0.#} % of the {snapshot} in the snapshot (allowed "
            + $"are {sync.Limits.MaxChangedPercent:0.#} %); nothing was sent",
            $"Look at `pendosync plan {sync.Name}`; if the change is meant, raise limits.max_changed_percent for one run.");

    /// <summary>Records that Pendo rejected of those that were delivered.</summary>
    public static Problem? Rejected(SyncDefinition sync, RunCounts counts) =>
        Broken(sync, counts.Rejected, counts.Delivered, counts.Delivered, sync.Limits.MaxRejectedPercent) is not { } percent
            ? null : Problem(sync,
            $"Pendo rejected {counts.Rejected} of {counts.Delivered} delivered records ({percent:0.#} %, allowed "
            + $"are {sync.Limits.MaxRejectedPercent:0.#} %)",
            $"Look at `pendosync problems {sync.Name}`, correct the model or the fields, or raise limits.max_rejected_percent.");

    /// <summary>All keys and rows that the sync knows, whatever its last run met.</summary>
    public static Problem? Standing(SyncDefinition sync, Standing now)
    {
        if (Broken(sync, now.NotFound, now.Known, now.Known, sync.Limits.MaxNotFoundPercent) is { } notFound)
            return Problem(sync, $"{now.NotFound:N0} of {now.Known:N0} ids are unknown to Pendo ({notFound:0.#} %, allowed are "
                + $"{sync.Limits.MaxNotFoundPercent:0.#} %)",
                $"See that '{sync.Key}' holds the ids that Pendo has (`pendosync problems {sync.Name}` shows some), "
                + "use update_or_create, or raise limits.max_not_found_percent.");
        if (Broken(sync, now.Rejected, now.Known, now.Known, sync.Limits.MaxRejectedPercent) is { } rejected)
            return Problem(sync, $"Pendo rejected {now.Rejected:N0} of {now.Known:N0} records ({rejected:0.#} %, allowed "
                + $"are {sync.Limits.MaxRejectedPercent:0.#} %)",
                $"Look at `pendosync problems {sync.Name}`, correct the model or the fields, or raise limits.max_rejected_percent.");
        return Broken(sync, now.Invalid, now.Rows, now.Rows, sync.Limits.MaxInvalidPercent) is { } invalid
            ? Problem(sync, $"{now.Invalid:N0} of {now.Rows:N0} rows are invalid ({invalid:0.#} %, allowed "
                + $"are {sync.Limits.MaxInvalidPercent:0.#} %)",
                $"Look at `pendosync problems {sync.Name}`, correct the model, or raise limits.max_invalid_percent.") : null;
    }

    // The percentage, when there are enough records to judge by and it is above what is allowed.
    private static double? Broken(SyncDefinition sync, long part, long whole, long records, double allowed) =>
        whole > 0 && records >= sync.Limits.MinRecords && 100.0 * part / whole is var percent && percent > allowed ? percent : null;

    private static Problem Problem(SyncDefinition sync, string message, string fix) =>
        new(ProblemKind.Limit, message, $"sync '{sync.Name}'", fix);
}
