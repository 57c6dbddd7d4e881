using PendoSync.Reports;

namespace PendoSync.Cli.Output;

/// <summary>A plan for people.</summary>
internal static class PlanText
{
    /// <summary>Says it.</summary>
    public static void Say(Terminal terminal, SyncPlan plan)
    {
        if (plan.Effect.Length > 0)
        {
            terminal.Say($"{plan.Sync}: {plan.Effect}");
            SayCounts(terminal, plan);
            SaySample(terminal, plan);
        }

        if (plan.Error is { } error)
            terminal.Show(error);
        terminal.Say();
    }

    private static void SayCounts(Terminal terminal, SyncPlan plan)
    {
        terminal.Say(
            $"  read {Words.Count(plan.Read)} ({(plan.Full ? "the whole model" : "from the cursor on")}) = "
            + $"invalid {Words.Count(plan.Invalid)} + unchanged {Words.Count(plan.Unchanged)} "
            + $"+ retry scheduled {Words.Count(plan.Waiting)} + to be sent {Words.Count(plan.Planned)}");
        terminal.Say(
            $"  to be sent: new {Words.Count(plan.Reasons.New)}, changed {Words.Count(plan.Reasons.Changed)}, "
            + $"retry {Words.Count(plan.Reasons.Retry)}, mapping {Words.Count(plan.Reasons.Mapping)}");
        foreach (var group in plan.Groups)
            terminal.Say(Texts.Group(group));
        if (plan.NewFields.Count > 0)
            terminal.Say($"  fields Pendo does not have yet: {string.Join(", ", plan.NewFields.Select(f => $"{f.Name} ({f.Type})"))}");
        if (plan.Estimate is not null)
            terminal.Say("  reading it: " + plan.Estimate);
        terminal.Say($"  instants without zone are taken as {plan.TimeZone}");
        if (plan.NextTimes.Count > 0)
            terminal.Say("  next due: " + Texts.Times(plan.NextTimes));
        foreach (var notice in plan.Notices)
            terminal.Say("  note: " + notice);
    }

    private static void SaySample(Terminal terminal, SyncPlan plan)
    {
        if (plan.Sample.Count == 0)
            return;
        terminal.Say("  a sample, with what Pendo holds now:");
        foreach (var record in plan.Sample.GroupBy(s => s.Key, StringComparer.Ordinal))
            foreach (var field in record)
                terminal.Say($"    {ShownText.Line(record.Key, 40)}  {field.Field}: {Texts.Json(field.Old)} -> {Texts.Json(field.New)}");
    }
}
