using System.CommandLine;
using PendoSync.Cli.Output;
using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Cli.Commands;

/// <summary><c>status</c>: where every sync stands.</summary>
internal static class StatusCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common) =>
        common.Verb(new Command("status", "Show where every sync stands"), RunAsync);

    /// <summary>When each sync is due next.</summary>
    internal static TextTable Due(IEnumerable<SyncStatus> syncs)
    {
        var table = new TextTable("SYNC", "IS DUE");
        foreach (var sync in syncs.Where(s => s.NextTimes.Count > 0))
            table.Add(sync.Name, Texts.Times(sync.NextTimes));
        return table;
    }

    private static async Task<int> RunAsync(Invocation call)
    {
        await using var project = call.Open();
        var page = await project.Service.StatusAsync(call.Interrupted);
        call.Terminal.Answer(page);
        var table = new TextTable("SYNC", "HEALTH", "STATE", "IN STEP", "AS OF");
        foreach (var sync in page.Items)
        {
            table.Add(sync.Name, Texts.Word(sync.Health), Texts.Word(sync.State),
                sync.InStepOf is { } rows ? $"{Words.Count(sync.InStep ?? 0)} of {Words.Count(rows)}" : null, Texts.Time(sync.InStepAt));
        }

        if (page.Items.Count == 0)
            call.Terminal.Say("The project has no syncs: add a file to syncs/.");
        else
            call.Terminal.Say(table);
        if (page.Items.Any(s => s.NextTimes.Count > 0))
        {
            call.Terminal.Say();
            call.Terminal.Say(Due(page.Items));
        }

        foreach (var sync in page.Items.Where(s => s.HealthReason is not null && s.Health != Health.Healthy))
        {
            call.Terminal.Say($"{sync.Name} is {Texts.Word(sync.Health)}: {sync.HealthReason}");
            if (sync.HealthFix is { } fix)
                call.Terminal.Say("  fix: " + fix);
        }

        return ExitCodes.Done;
    }
}
