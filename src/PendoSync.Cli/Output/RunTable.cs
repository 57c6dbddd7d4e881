using System.Globalization;
using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Cli.Output;

/// <summary>What became of one run: every outcome, its reasons, and where to look in Pendo.</summary>
internal static class RunTable
{
    private const int MostReasons = 8;

    /// <summary>Says it: what stopped it first, then what became of its rows.</summary>
    public static async Task SayAsync(Terminal terminal, LocalProject project, RunReport run, CancellationToken ct)
    {
        var seconds = run.Seconds.ToString("0.0", CultureInfo.InvariantCulture);
        var took = run.RunId is null
            ? "" : $" in {seconds} s, {Words.Count(run.Calls)} call{(run.Calls == 1 ? "" : "s")} to Pendo{Words.Pace(run)}, "
                + $"run {run.RunId}";
        terminal.Say($"{run.Sync}: {Texts.Word(run.State)}{took}");
        if (run.Error is { } error)
            terminal.Show(error);
        else if (run is { Health: Health.Failing or Health.Degraded, HealthReason: { } reason })
            terminal.Remark($"{run.Sync} is {Texts.Word(run.Health)}: {reason}. {run.HealthFix}");
        // Only people read reasons here; with --json they are a list of their own.
        if (run.RunId is not null && !terminal.Json)
        {
            var outcomes = new (string Name, long Count)[]
            {
                ("read", run.Read), ("unchanged", run.Unchanged), ("invalid", run.Invalid), ("waiting", run.Waiting), ("sent", run.Sent),
                ("accepted", run.Accepted), ("not_found", run.NotFound), ("rejected", run.Rejected), ("unknown", run.Unknown),
                ("given_up", run.GivenUp), ("cancelled", run.Cancelled),
            };
            // Zeros say nothing, except that nothing was read or taken by a run that went well.
            foreach (var (name, count) in outcomes.Where(o => o.Count > 0 || (run.Error is null
                && o.Name is "read" or "unchanged" or "accepted")))
                terminal.Say($"  {Texts.Outcome(name),-15}{Words.Count(count),12}");
            await SayReasonsAsync(terminal, project, run, ct);
        }

        foreach (var notice in run.Notices)
            terminal.Say("  note: " + notice);
        SayLink(terminal, project, run);
        terminal.Say();
    }

    private static async Task SayReasonsAsync(Terminal terminal, LocalProject project, RunReport run, CancellationToken ct)
    {
        if (run.Refused == 0)
            return;
        var problems = new List<Rejection>();
        await foreach (var rejection in project.Engine.State.Rejections.ListAsync(run.Sync, null, ct))
            if (rejection.RunId == run.RunId)
                problems.Add(rejection);
        foreach (var group in ProblemGroup.Of(problems, project.Definitions.Find(run.Sync), null).Take(MostReasons))
            terminal.Say(Texts.Group(group));
        terminal.Say($"  all of them: `pendosync problems {run.Sync}`");
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
