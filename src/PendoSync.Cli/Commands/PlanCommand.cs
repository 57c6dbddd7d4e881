using System.CommandLine;
using PendoSync.Batches;
using PendoSync.Cli.Output;
using PendoSync.Reports;

namespace PendoSync.Cli.Commands;

/// <summary><c>plan SYNC…</c>: what a run would send and why; writes nothing.</summary>
internal static class PlanCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var syncs = SyncArguments.Any(common, "all");
        var full = new Option<bool>("--full") { Description = "What `run --full` would send" };
        return common.Verb(new Command("plan", "Show what a run would send and why; writes nothing anywhere") { syncs, full },
            call => RunAsync(call, call.Parsed.GetValue(syncs) ?? [], call.Parsed.GetValue(full) ? RunMode.Full : RunMode.Incremental));
    }

    private static async Task<int> RunAsync(Invocation call, string[] names, RunMode mode)
    {
        await using var project = call.Open(problem => new PlanReport([.. names.Select(n => new SyncPlan { Sync = n, Error = problem })],
            names.Length == 0 ? problem : null));
        var plans = new List<SyncPlan>();
        foreach (var name in names.Length > 0 ? names : [.. project.Definitions.Names])
        {
            plans.Add(await PlanOneAsync(project, name, mode, call.Interrupted));
            PlanText.Say(call.Terminal, plans[^1]);
        }

        call.Terminal.Answer(new PlanReport(plans));
        return ExitCodes.Worst(plans.Where(p => p.Error is not null).Select(p => ExitCodes.Of(p.Error!.Kind)));
    }

    private static async Task<SyncPlan> PlanOneAsync(LocalProject project, string name, RunMode mode, CancellationToken ct)
    {
        try
        {
            return await project.Service.PlanAsync(name, mode, ct);
        }
        catch (ProblemException e)
        {
            return new SyncPlan { Sync = name, Error = e.Problem };
        }
    }
}
