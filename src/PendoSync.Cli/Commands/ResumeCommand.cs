using System.CommandLine;

namespace PendoSync.Cli.Commands;

/// <summary><c>resume SYNC</c>: runs are started again.</summary>
internal static class ResumeCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var sync = SyncArguments.One(common);
        return common.Verb(new Command("resume", "Start runs of a paused sync again") { sync }, call =>
            RunAsync(call, call.Parsed.GetRequiredValue(sync)));
    }

    private static async Task<int> RunAsync(Invocation call, string sync)
    {
        await using var project = call.Open();
        var status = await project.Service.ResumeAsync(sync, call.Interrupted);
        call.Terminal.Answer(status);
        call.Terminal.Say(status.Paused
            ? $"{sync} is still paused by its definition: remove `paused: true` from {project.Definitions.Sync(sync).File}."
            : $"{sync} is started again when it is due.");
        return ExitCodes.Done;
    }
}
