using System.CommandLine;
using PendoSync.Cli.Output;
using PendoSync.Operations;

namespace PendoSync.Cli.Commands;

/// <summary><c>runs SYNC</c>: the runs of one sync, newest first.</summary>
internal static class RunsCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var sync = SyncArguments.One(common);
        var limit = Numbers.Option("--limit", "Most runs", 1, SyncService.MaxPage, 20);
        var after = ListOptions.After();
        var command = new Command("runs", "List the runs of a sync, newest first") { sync, limit, after };
        return common.Verb(command, call =>
            RunAsync(call, call.Parsed.GetRequiredValue(sync), call.Parsed.GetValue(limit), call.Parsed.GetValue(after)));
    }

    private static async Task<int> RunAsync(Invocation call, string sync, int limit, string? after)
    {
        await using var project = call.Open();
        var page = await project.Service.RunsAsync(sync, limit, after, call.Interrupted);
        call.Terminal.Answer(page);
        var table = new TextTable("STARTED", "STATE", "READ", "SENT", "ACCEPTED", "REFUSED", "SECONDS", "RUN");
        foreach (var run in page.Items)
            table.Add(Texts.Time(run.StartedAt ?? run.RequestedAt), Texts.Outcome(Texts.Word(run.State)), run.Read, run.Sent, run.Accepted,
                run.Refused, run.Seconds, run.RunId);
        if (page.Items.Count == 0)
            call.Terminal.Say($"{sync} has not run yet.");
        else
            call.Terminal.Say(table);
        ListOptions.SayNext(call.Terminal, page.Next);
        return ExitCodes.Done;
    }
}
