using System.CommandLine;

namespace PendoSync.Cli.Commands;

/// <summary><c>reset SYNC</c>: forgets what Pendo accepted; of events only the cursor, unless they are to be forgotten too.</summary>
internal static class ResetCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var sync = SyncArguments.One();
        var forget = new Option<bool>(
            "--forget-events")
        { Description = "Also forget which events were sent; says how many will go again" };
        var command =
            new Command("reset", "Forget what Pendo accepted, so that the next run sends everything (events: only the cursor)") { sync,
            forget };
        return common.Verb(command, call => RunAsync(call, call.Parsed.GetRequiredValue(sync), call.Parsed.GetValue(forget)));
    }

    private static async Task<int> RunAsync(Invocation call, string sync, bool forgetEvents)
    {
        await using var project = call.Open();
        var report = await project.Service.ResetAsync(sync, forgetEvents, call.Interrupted);
        call.Terminal.Answer(report);
        if (report.CancelledRun is not null)
            call.Terminal.Say($"Run {report.CancelledRun} was cancelled.");
        call.Terminal.Say(report.Message);
        return ExitCodes.Done;
    }
}
