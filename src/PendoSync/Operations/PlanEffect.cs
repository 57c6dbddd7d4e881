using PendoSync.Definitions;
using PendoSync.Operations.Json;

namespace PendoSync.Operations;

/// <summary>Says in one sentence what a run would do.</summary>
internal static class PlanEffect
{
    /// <summary>The sentence.</summary>
    public static string Of(SyncDefinition sync, SyncPlan plan)
    {
        if (plan.Planned == 0)
            return plan.Read == 0 ? "sends nothing: the model has no rows" : "sends nothing: no row differs from what Pendo accepted";
        var parts = new List<string>();
        Add(parts, plan.Reasons.Mapping, "re-sends", sync.Object, "because the mapping changed");
        Add(parts, plan.Reasons.New, "sends", sync.Object, "for the first time");
        Add(parts, plan.Reasons.Changed, "sends", sync.Object, "whose row changed");
        Add(parts, plan.Reasons.Retry, "tries", sync.Object, "again that were refused");
        var calls = sync.Object == PendoObject.TrackEvent ? "" : $", in {Words.Count(plan.Calls)} call{(plan.Calls == 1 ? "" : "s")}";
        return string.Join("; ", parts) + calls;
    }

    private static void Add(List<string> parts, long count, string verb, PendoObject target, string why)
    {
        if (count > 0)
            parts.Add($"{verb} {Words.Count(count, target)} {why}");
    }
}
