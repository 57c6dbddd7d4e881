using System.CommandLine;
using PendoSync.Cli.Output;

namespace PendoSync.Cli.Commands;

/// <summary><c>cancel SYNC</c>: ends the active run, also one of another process.</summary>
internal static class CancelCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var sync = SyncArguments.One(common);
        return common.Verb(
            new Command("cancel", "End the active run of a sync, also one of another process; what Pendo answered counts") { sync },
            call => RunAsync(call, call.Parsed.GetRequiredValue(sync)));
    }

    private static async Task<int> RunAsync(Invocation call, string sync)
    {
        await using var project = call.Open();
        var run = await project.Service.CancelAsync(sync, call.Interrupted);
        call.Terminal.Answer(new { sync, run });
        call.Terminal.Say(run is null ? $"{sync} is not running."
            : $"Run {run.RunId} is {Texts.Word(run.State)}; what is being sent just now still counts.");
        return ExitCodes.Done;
    }
}
