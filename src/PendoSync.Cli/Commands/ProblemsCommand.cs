using System.CommandLine;
using PendoSync.Cli.Output;
using PendoSync.Definitions;
using PendoSync.Operations;
using PendoSync.Reports;

namespace PendoSync.Cli.Commands;

/// <summary>
/// <c>problems SYNC</c>: everything that is invalid, rejected, not found, unknown or given up, in groups first; <c>rejected SYNC</c>: what
/// Pendo rejected.
/// </summary>
internal static class ProblemsCommand
{
    /// <summary>All problems.</summary>
    public static Command Create(CommonOptions common) => Create(common,
        new Command("problems", "List what is refused, in groups first: the reason, how many, since when, some keys"), null);

    /// <summary>What Pendo rejected.</summary>
    public static Command CreateRejected(CommonOptions common) => Create(common,
        new Command("rejected", "List records that Pendo rejected, with the reason and the next try"), "rejected");

    private static Command Create(CommonOptions common, Command command, string? outcome)
    {
        var sync = SyncArguments.One(common);
        var limit = Numbers.Option("--limit", "Most records", 1, SyncService.MaxPage, 20);
        var after = ListOptions.After();
        var search = new Option<string?>("--search") { Description = "Part of a key, outcome, rule or reason", HelpName = "TEXT" };
        command.Add(sync);
        command.Add(limit);
        command.Add(after);
        command.Add(search);
        return common.Verb(command, async call =>
        {
            await using var project = call.Open();
            var page = await project.Service.ProblemsAsync(call.Parsed.GetRequiredValue(sync), outcome, call.Parsed.GetValue(limit),
                call.Parsed.GetValue(after), call.Parsed.GetValue(search), call.Interrupted);
            if (outcome is null)
                call.Terminal.Answer(page);
            else
                call.Terminal.Answer(new RejectedPage(page.Items, page.Total, page.Next));
            Say(call.Terminal, page, outcome, project.Definitions.Find(call.Parsed.GetRequiredValue(sync)));
            return ExitCodes.Done;
        });
    }

    private static void Say(Terminal terminal, ProblemsPage page, string? outcome, SyncDefinition? sync)
    {
        if (page.Groups.Count == 0)
        {
            terminal.Say(outcome is null ? "Nothing is refused." : "Nothing is rejected.");
            return;
        }

        foreach (var group in page.Groups)
        {
            terminal.Say(Texts.Group(group));
            terminal.Say($"    since {Texts.Time(group.First)}, last {Texts.Time(group.Last)}"
                + (group.Share is { } share ? $", {Texts.Percent(share)} of all rows" : ""));
        }

        terminal.Say();
        var table = new TextTable("KEY", "OUTCOME", "TRIES", "RETRY SCHEDULED", "REASON");
        foreach (var item in page.Items)
            table.Add(item.Key ?? "(none)", Texts.Outcome(item.Outcome), item.Tries,
                item.NextTry(sync) ?? Texts.Time(item.NextDue), item.Reason ?? item.Rule);
        terminal.Say(table);
        if (page.Total > page.Items.Count)
            terminal.Say($"{Words.Count(page.Total)} in all.");
        ListOptions.SayNext(terminal, page.Next);
    }
}
