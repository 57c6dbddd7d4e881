using PendoSync.Batches;
using PendoSync.Cli.Output;
using PendoSync.Planning;
using PendoSync.Reports;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Cli;

/// <summary>Runs one sync with progress; Ctrl-C cancels it and waits for what is in flight.</summary>
internal sealed class SyncRunner(LocalProject project, Terminal terminal, CancellationToken interrupted)
{
    /// <summary>Runs it to its end; what stops it is in the report.</summary>
    public async Task<RunReport> RunAsync(string sync, RunMode mode, RunScope? scope)
    {
        if (interrupted.IsCancellationRequested)
            return Interrupted(sync);
        using var stop = new CancellationTokenSource();
        var cancelling = Task.CompletedTask;
        try
        {
            await using var onInterrupt = interrupted.Register(() => cancelling = CancelAsync(sync, stop));
            var run = await RunProgress.ShowAsync(terminal, project, sync, () =>
                project.Runner.RunAsync(sync, null, mode, "cli", stop.Token, scope));
            return RunReport.Of(run, run.EndedAt ?? run.RequestedAt);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Interrupted(sync);
        }
        catch (Exception e)
        {
            return await NotStartedAsync(sync, Guard.ProblemOf(e));
        }
        finally
        {
            await cancelling;
        }
    }

    // That it is paused, or runs already, says nothing of its health.
    private async Task<RunReport> NotStartedAsync(string sync, Problem problem)
    {
        var report = RunReport.NotStarted(sync, problem);
        if (problem.Kind != ProblemKind.Conflict)
            return report;
        try
        {
            var known = HealthJudge.Of(project.Definitions.Find(sync),
                await project.Engine.State.Checkpoints.ReadAsync(sync, CancellationToken.None));
            return report with { Health = known.Health, HealthReason = known.Reason };
        }
        catch (ProblemException)
        {
            return report;
        }
    }

    private static RunReport Interrupted(string sync) =>
        RunReport.NotStarted(sync, new Problem(ProblemKind.Conflict, "interrupted before it started", $"sync '{sync}'",
            "Run it again.")) with
        { State = RunState.Cancelled };

    // The checkpoint first: once it says cancelled, nothing more is sent. The token only hurries the planner up.
    private async Task CancelAsync(string sync, CancellationTokenSource stop)
    {
        terminal.Remark($"{sync}: cancelling; waiting for what is in flight (once more to quit at once)");
        try
        {
            await project.Runner.CancelAsync(sync);
        }
        catch (ProblemException e)
        {
            terminal.Show(e.Problem);
        }

        await stop.CancelAsync();
    }
}
