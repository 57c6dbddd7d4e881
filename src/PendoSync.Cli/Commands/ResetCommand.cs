using System.CommandLine;

namespace PendoSync.Cli.Commands;

/// <summary><c>reset SYNC</c>: forgets what Pendo accepted; of events only the cursor, unless they are to be forgotten too.</summary>
internal static class ResetCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var sync = SyncArguments.One(common);
        var forget = new Option<bool>(
            "--forget-events")
        { Description = "Also forget which events were sent; says how many will go again" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var command =
            new Command("reset", "Forget what Pendo accepted, so that the next run sends everything (events: only the cursor)") { sync,
            forget, yes };
        return common.Verb(command, call => RunAsync(call, call.Parsed.GetRequiredValue(sync), call.Parsed.GetValue(forget),
            call.Parsed.GetValue(yes)));
    }

    private static async Task<int> RunAsync(Invocation call, string sync, bool forgetEvents, bool yes)
    {
        await using var project = call.Open();
        project.Definitions.Known(sync);
        if (!yes && !call.Terminal.Confirms($"Forget what Pendo accepted of {sync}{(forgetEvents ? ", and which events were sent" : "")}?"))
        {
            call.Terminal.Say("Nothing was changed.");
            return ExitCodes.Failed;
        }

        var report = await project.Service.ResetAsync(sync, forgetEvents, call.Interrupted);
        call.Terminal.Answer(report);
        if (report.CancelledRun is not null)
            call.Terminal.Say($"Run {report.CancelledRun} was cancelled.");
        call.Terminal.Say(report.Message);
        return ExitCodes.Done;
    }
}
