using PendoSync.Definitions;
using PendoSync.Reports;

namespace PendoSync.Operations;

/// <summary>Says in one sentence what a run would do.</summary>
internal static class PlanEffect
{
    /// <summary>The sentence.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="plan">Its counts.</param>
    /// <param name="remembers">True: <c>start: now</c>, nothing is sent and everything remembered.</param>
    /// <param name="mappingChanged">True: the definition is another one than that of the last complete run.</param>
    public static string Of(SyncDefinition sync, SyncPlan plan, bool remembers, bool mappingChanged)
    {
        if (plan.Planned == 0)
            return "sends nothing: " + (remembers && plan.Read > 0 ? "it remembers what is there (start: now)" : WhyNothing(plan));
        var parts = new List<string>();
        Add(parts, plan.Reasons.Mapping, "re-sends", sync.Object,
            mappingChanged ? "because the mapping changed" : "because a full run sends everything");
        Add(parts, plan.Reasons.New, "sends", sync.Object, "for the first time");
        Add(parts, plan.Reasons.Changed, "sends", sync.Object, "whose row changed");
        Add(parts, plan.Reasons.Retry, "tries", sync.Object, "again that were rejected");
        var calls = sync.Object == PendoObject.TrackEvent ? "" : $", in {Words.Count(plan.Calls)} call{(plan.Calls == 1 ? "" : "s")}";
        return string.Join("; ", parts) + calls;
    }

    private static string WhyNothing(SyncPlan plan)
    {
        if (plan.Read == 0)
            return "the model has no rows";
        var parts = new List<string>();
        if (plan.Invalid > 0)
            parts.Add(plan.Invalid == 1 ? "1 row is invalid" : $"{Words.Count(plan.Invalid)} rows are invalid");
        if (plan.Waiting > 0)
            parts.Add(plan.Waiting == 1 ? "1 waits for its next try" : $"{Words.Count(plan.Waiting)} wait for their next try");
        if (plan.Unchanged > 0)
            parts.Add($"no {(parts.Count == 0 ? "" : "other ")}row differs from what Pendo accepted");
        return string.Join(", ", parts);
    }

    private static void Add(List<string> parts, long count, string verb, PendoObject target, string why)
    {
        if (count > 0)
            parts.Add($"{verb} {Words.Count(count, target)} {why}");
    }
}
