using System.CommandLine;
using PendoSync.Cli.Output;

namespace PendoSync.Cli.Commands;

/// <summary><c>status</c>: where every sync stands.</summary>
internal static class StatusCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common) =>
        common.Verb(new Command("status", "Show where every sync stands"), RunAsync);

    private static async Task<int> RunAsync(Invocation call)
    {
        await using var project = call.Open();
        var page = await project.Service.StatusAsync(call.Interrupted);
        call.Terminal.Answer(page);
        var table = new TextTable("SYNC", "STATE", "LAST RUN", "READ", "ACCEPTED", "REFUSED", "LAST SUCCESS", "NEXT DUE");
        foreach (var sync in page.Items)
        {
            var run = sync.ActiveRun ?? sync.LastRun;
            table.Add(sync.Name, Texts.Word(sync.State), run is null ? "never" : Texts.Word(run.State), run?.Read, run?.Accepted,
                run is null ? null : run.Invalid + run.NotFound + run.Rejected + run.GivenUp + run.Waiting, Texts.Time(sync.LastSuccess),
                Texts.Time(sync.NextDue));
        }

        if (page.Items.Count == 0)
            call.Terminal.Say("The project has no syncs: add a file to syncs/.");
        else
            call.Terminal.Say(table);
        foreach (var sync in page.Items.Where(s => s.NextTimes.Count > 0))
            call.Terminal.Say($"{sync.Name} is due: {Texts.Times(sync.NextTimes)}");
        foreach (var sync in page.Items)
            if ((sync.Error ?? sync.LastRun?.Error) is { } error)
                call.Terminal.Say($"{sync.Name}: {error}");
        return ExitCodes.Done;
    }
}
