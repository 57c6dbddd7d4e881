using System.CommandLine;
using PendoSync.Cli.Output;
using PendoSync.Reports;

namespace PendoSync.Cli.Commands;

/// <summary><c>rejected SYNC</c>: records that were rejected, by us or by Pendo, with the reason and the next try.</summary>
internal static class RejectedCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var sync = SyncArguments.One();
        var limit = ListOptions.Limit();
        var after = ListOptions.After();
        var search = new Option<string?>("--search") { Description = "Part of a key, outcome, rule or reason", HelpName = "TEXT" };
        var command = new Command("rejected", "List records that were rejected, with the reason and the next try") { sync,
            limit, after, search };
        return common.Verb(command, call =>
            RunAsync(call, call.Parsed.GetRequiredValue(sync), call.Parsed.GetValue(limit), call.Parsed.GetValue(after),
                call.Parsed.GetValue(search)));
    }

    private static async Task<int> RunAsync(Invocation call, string sync, int limit, string? after, string? search)
    {
        await using var project = call.Open();
        var page = await project.Service.RejectedAsync(sync, limit, after, search, call.Interrupted);
        call.Terminal.Answer(page);
        var table = new TextTable("KEY", "OUTCOME", "REASON", "TRIES", "LAST", "NEXT TRY");
        foreach (var item in page.Items)
            table.Add(item.Key ?? "(none)", item.Outcome, item.Reason ?? item.Rule, item.Tries, Texts.Time(item.Last), item.NextDue is null
                ? "when its row changes" : Texts.Time(item.NextDue));
        if (page.Items.Count == 0)
            call.Terminal.Say("Nothing was rejected.");
        else
            call.Terminal.Say(table);
        if (page.Total > page.Items.Count)
            call.Terminal.Say($"{Words.Count(page.Total)} in all.");
        ListOptions.SayNext(call.Terminal, page.Next);
        return ExitCodes.Done;
    }
}
