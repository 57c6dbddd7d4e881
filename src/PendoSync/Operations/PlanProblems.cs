using PendoSync.Pendo;
using PendoSync.Running;

namespace PendoSync.Operations;

/// <summary>Finds beforehand what would stop a run.</summary>
internal static class PlanProblems
{
    /// <summary>The first thing that would stop it, or null.</summary>
    /// <param name="context">The sync.</param>
    /// <param name="read">The open read.</param>
    /// <param name="pass">The counts.</param>
    /// <param name="snapshot">Accepted records before.</param>
    public static Problem? Of(SyncContext context, ModelRead read, DryPass pass, long snapshot)
    {
        var sync = context.Sync;
        var limits = sync.Limits;
        if (read.Fields is { Missing.Count: > 0 } fields && !sync.CreateFields)
            return ModelRead.MissingFields(sync, fields);
        var invalid = Percent(pass.Invalid, pass.Read);
        if (pass.Read >= limits.MinRecords && invalid > limits.MaxInvalidPercent)
        {
            return new Problem(ProblemKind.Limit, $"the run would stop: {pass.Invalid} of {pass.Read} rows are invalid ({invalid:0.#} %, allowed are {limits.MaxInvalidPercent:0.#} %)",
                $"sync '{sync.Name}'", "Correct the model, or raise limits.max_invalid_percent.");
        }

        var changed = Percent(pass.New + pass.Changed, snapshot);
        return snapshot > 0 && limits.MaxChangedPercent < 100 && pass.Read >= limits.MinRecords && changed > limits.MaxChangedPercent
            ? new Problem(ProblemKind.Limit, $"the run would stop: {pass.New + pass.Changed} records would change, {changed:0.#} % of the {snapshot} in the snapshot (allowed are {limits.MaxChangedPercent:0.#} %)",
                $"sync '{sync.Name}'", "If the change is meant, raise limits.max_changed_percent for one run.")
            : null;
    }

    private static double Percent(long part, long whole) => whole == 0 ? 0 : 100.0 * part / whole;
}
