using System.Globalization;
using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Cli.Output;

/// <summary>What became of one run: every outcome, its reasons, and where to look in Pendo.</summary>
internal static class RunTable
{
    private const int MostReasons = 8;

    /// <summary>Says it.</summary>
    public static async Task SayAsync(Terminal terminal, LocalProject project, RunReport run, CancellationToken ct)
    {
        var seconds = run.Seconds.ToString("0.0", CultureInfo.InvariantCulture);
        var took = run.RunId is null
            ? "" : $" in {seconds} s, {Words.Count(run.Calls)} call{(run.Calls == 1 ? "" : "s")} to Pendo, run {run.RunId}";
        terminal.Say($"{run.Sync}: {Texts.Word(run.State)}{took}");
        // Only people read reasons here; with --json they are a list of their own.
        if (run.RunId is not null && !terminal.Json)
        {
            var outcomes = new (string Name, long Count)[]
            {
                ("read", run.Read), ("unchanged", run.Unchanged), ("invalid", run.Invalid), ("waiting", run.Waiting),
                    ("accepted", run.Accepted),
                ("not_found", run.NotFound), ("rejected", run.Rejected), ("unknown", run.Unknown), ("given_up", run.GivenUp),
                    ("cancelled", run.Cancelled),
            };
            foreach (var (name, count) in outcomes)
                terminal.Say($"  {name,-10}{Words.Count(count),12}");
            await SayReasonsAsync(terminal, project, run, ct);
        }

        foreach (var notice in run.Notices)
            terminal.Say("  note: " + notice);
        SayLink(terminal, project, run);
        if (run.Error is { } error)
            terminal.Show(error);
        else if (run is { Health: Health.Failing or Health.Degraded, HealthReason: { } reason })
            terminal.Remark($"{run.Sync} is {Texts.Word(run.Health)}: {reason}. {run.HealthFix}");
        terminal.Say();
    }

    private static async Task SayReasonsAsync(Terminal terminal, LocalProject project, RunReport run, CancellationToken ct)
    {
        if (run.Invalid + run.NotFound + run.Rejected + run.Unknown + run.GivenUp == 0)
            return;
        var reasons = new Dictionary<(string Outcome, string Reason), (int Count, string? Key)>();
        await foreach (var rejected in project.Engine.State.Rejections.ListAsync(run.Sync, null, ct))
        {
            if (rejected.RunId != run.RunId)
                continue;
            var reason = (rejected.Outcome, rejected.Reason ?? rejected.Rule
                ?? (rejected.Outcome == "not_found" ? "Pendo does not know the id" : "no reason given"));
            var (count, key) = reasons.GetValueOrDefault(reason);
            reasons[reason] = (count + 1, key ?? rejected.Key);
        }

        foreach (var ((outcome, reason), (count, key)) in reasons.OrderByDescending(r => r.Value.Count)
            .ThenBy(r => r.Key.Reason, StringComparer.Ordinal).Take(MostReasons))
            terminal.Say(
                $"  {outcome}: {Words.Count(count)} "
                + $"x {ShownText.Line(reason, 110)}{(string.IsNullOrEmpty(key) ? "" : $" (for example {ShownText.Line(key, 40)})")}");
        terminal.Say($"  all of them: pendosync rejected {run.Sync}");
    }

    private static void SayLink(Terminal terminal, LocalProject project, RunReport run)
    {
        if (project.Engine.Observer.AcceptedLast(run.Sync) is not { } last || last.RunId != run.RunId)
            return;
        var context = project.Engine.ContextOf(run.Sync);
        if (PendoLinks.To(context, last.Key) is not { } link)
            return;
        terminal.Say("  see one in Pendo: " + link);
        // https://support.pendo.io/hc/en-us/community/posts/9320635116315: metadata alone makes nobody active.
        if (context.Target.Create)
            terminal.Say($"  {Words.Noun(context.Sync.Object)}s that this made are hidden from Pendo's reports until they have real usage");
    }
}
