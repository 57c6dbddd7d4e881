using System.CommandLine;
using PendoSync.Operations;

namespace PendoSync.Cli.Commands;

/// <summary><c>doubt SYNC</c>: says of a restored state which events were sent.</summary>
internal static class DoubtCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var sync = SyncArguments.One(common);
        var send = new Option<bool>("--send") { Description = "Send every event that the restored state does not know as sent" };
        var until = new Option<string?>("--sent-until")
        {
            Description = "Events of up to this instant were sent, such as 2026-03-01T12:00:00Z",
            HelpName = "INSTANT",
        };
        var command = new Command("doubt", "Say of a restored state which events were sent; their sync stands still until then")
            { sync, send, until };
        command.Validators.Add(result =>
        {
            if (result.GetValue(send) == (result.GetValue(until) is not null))
                result.AddError("Give --send or --sent-until INSTANT.");
        });
        return common.Verb(command, call => RunAsync(call, call.Parsed.GetRequiredValue(sync), call.Parsed.GetValue(until)));
    }

    private static async Task<int> RunAsync(Invocation call, string sync, string? until)
    {
        await using var project = call.Open();
        var report = await project.Service.AnswerDoubtAsync(sync, until is null ? null : DoubtAnswer.InstantOf(until), call.Interrupted);
        call.Terminal.Answer(report);
        call.Terminal.Say(report.Message);
        return ExitCodes.Done;
    }
}
