using System.CommandLine;

namespace PendoSync.Cli.Commands;

/// <summary><c>pause SYNC</c>: nobody starts it until it is resumed.</summary>
internal static class PauseCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var sync = SyncArguments.One(common);
        return common.Verb(new Command("pause", "Start no runs of a sync until it is resumed; an active one goes on") { sync },
            call => RunAsync(call, call.Parsed.GetRequiredValue(sync)));
    }

    private static async Task<int> RunAsync(Invocation call, string sync)
    {
        await using var project = call.Open();
        call.Terminal.Answer(await project.Service.PauseAsync(sync, call.Interrupted));
        call.Terminal.Say($"{sync} is paused. Go on with `pendosync resume {sync}`.");
        return ExitCodes.Done;
    }
}
