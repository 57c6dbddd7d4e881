using System.CommandLine;
using PendoSync.Batches;
using PendoSync.Cli.Output;
using PendoSync.Planning;
using PendoSync.Reports;

namespace PendoSync.Cli.Commands;

/// <summary><c>run SYNC…</c>: runs syncs one after the other.</summary>
internal static class RunCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var syncs = SyncArguments.Any(common, "all that are not paused");
        var full = new Option<bool>(
            "--full")
        { Description = "Ignore cursor and fingerprints: send every valid record (events: ignore the cursor only)" };
        var limit = Numbers.Option("--limit", "Send at most N records", 1);
        var strict = new Option<bool>("--strict") { Description = "Exit 1 also when a sync is degraded, not only when it is failing" };
        var key = new Option<string?>("--key") { Description = "Read and send only this key", HelpName = "KEY" }.NotEmpty();
        var command = new Command("run", "Send what changed since the last run") { syncs, full, limit, key, strict };
        return common.Verb(command, call =>
        {
            var scope = new RunScope(call.Parsed.GetValue(limit), call.Parsed.GetValue(key));
            return RunAsync(call, call.Parsed.GetValue(syncs) ?? [], call.Parsed.GetValue(full) ? RunMode.Full : RunMode.Incremental,
                scope == new RunScope() ? null : scope, call.Parsed.GetValue(strict));
        });
    }

    private static async Task<int> RunAsync(Invocation call, string[] names, RunMode mode, RunScope? scope, bool strict)
    {
        await using var project = call.Open(problem => new RunReports([.. names.Select(n => RunReport.NotStarted(n, problem))],
            names.Length == 0 ? problem : null));
        var reports = new List<RunReport>();
        foreach (var name in names.Length > 0 ? names : await NotPausedAsync(project))
        {
            var report = await new SyncRunner(project, call.Terminal, call.Interrupted).RunAsync(name, mode, scope);
            reports.Add(report);
            await RunTable.SayAsync(call.Terminal, project, report, CancellationToken.None);
        }

        if (reports.Count == 0)
            call.Terminal.Say("There is nothing to run: the project has no syncs, or all are paused.");
        call.Terminal.Answer(new RunReports(reports));
        return ExitCodes.Worst(reports.Select(r => ExitCodes.Of(r, strict)));
    }

    private static async Task<IReadOnlyList<string>> NotPausedAsync(LocalProject project)
    {
        var names = new List<string>();
        foreach (var name in project.Definitions.Names)
            if (project.Definitions.Find(name) is not { Paused: true } && !await IsPausedAsync(project, name))
                names.Add(name);
        return names;
    }

    // A sync whose state cannot be read is run: its own report then says why it cannot, and the others run.
    private static async Task<bool> IsPausedAsync(LocalProject project, string sync)
    {
        try
        {
            return (await project.Engine.State.Checkpoints.ReadAsync(sync, CancellationToken.None)).Paused;
        }
        catch (ProblemException)
        {
            return false;
        }
    }
}
