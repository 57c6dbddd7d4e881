using System.CommandLine;
using PendoSync.Cli.Output;
using PendoSync.Definitions;
using PendoSync.Reports;
using PendoSync.Values;

namespace PendoSync.Cli.Commands;

/// <summary><c>explain SYNC KEY</c>: row, record, fingerprint, last outcome, next decision.</summary>
internal static class ExplainCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var sync = SyncArguments.One(common);
        var key = new Argument<string>("KEY") { Description = "Visitor ID, Account ID or event id" }.NotEmpty();
        return common.Verb(
            new Command("explain", "Tell the story of one key: row, record, fingerprint, last outcome, next decision") { sync, key },
            call => RunAsync(call, call.Parsed.GetRequiredValue(sync), call.Parsed.GetRequiredValue(key)));
    }

    private static async Task<int> RunAsync(Invocation call, string sync, string key)
    {
        await using var project = call.Open();
        var story = await project.Service.ExplainAsync(sync, key, call.Interrupted);
        call.Terminal.Answer(story);
        Say(call.Terminal, story, project.Definitions.Find(sync));
        return ExitCodes.Done;
    }

    private static void Say(Terminal terminal, Explanation story, SyncDefinition? sync)
    {
        terminal.Say($"{story.Key} in {story.Sync}: {Texts.Word(story.Decision)}. {story.Because}");
        if (story.Row is { } row)
        {
            terminal.Say(story.Rows > 1 ? $"  row (the first of {story.Rows}; the others are invalid: {Rules.RepeatedKey}):" : "  row:");
            foreach (var (column, value) in row)
                terminal.Say($"    {column} = {Texts.Json(value)}");
        }

        if (story.Record is { } record)
            terminal.Say("  record:               " + ShownText.Json(record));
        if (story.Fingerprint is not null)
            terminal.Say("  fingerprint:          " + story.Fingerprint);
        terminal.Say("  accepted fingerprint: " + (story.AcceptedFingerprint ?? "(none)"));
        terminal.Say("  last outcome:         " + (story.LastOutcome ?? "(never sent)"));
        if (story.AcceptedFingerprint is not null)
            terminal.Say("  accepted:             " + (story.AcceptedAt is { } at ? $"{Texts.Time(at)}, run {story.AcceptedRun}"
                : "longer ago than runs are kept (30 days)"));
        if (story.LastRejection is { } rejection)
            terminal.Say(
                $"  last rejection:         {rejection.Outcome}, {rejection.Reason ?? rejection.Rule} ({Texts.Time(rejection.Last)}, "
                + $"tries {rejection.Tries}, next try {rejection.NextTry(sync) ?? Texts.Time(rejection.NextDue)})");
        if (story.Link is not null)
            terminal.Say("  in Pendo:             " + story.Link);
    }
}
