using System.CommandLine;
using PendoSync.Cli.Output;
using PendoSync.Reports;

namespace PendoSync.Cli.Commands;

/// <summary><c>adopt SYNC…</c>: takes what Pendo holds already into the snapshot, so that only true differences are sent.</summary>
internal static class AdoptCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var syncs = SyncArguments.Any(common, "all but those of events");
        var command = new Command("adopt", "Take over what Pendo holds already as the warehouse has it, so that it is not sent") { syncs };
        return common.Verb(command, call => RunAsync(call, call.Parsed.GetValue(syncs) ?? []));
    }

    private static async Task<int> RunAsync(Invocation call, string[] names)
    {
        await using var project = call.Open();
        var adopted = new List<SyncAdoption>();
        foreach (var name in CompareCommand.SyncsOf(project, names))
        {
            adopted.Add(await OneAsync(call, project, name));
            ComparisonText.Say(call.Terminal, adopted[^1]);
        }

        call.Terminal.Answer(new AdoptionReport(adopted));
        return ExitCodes.Worst(adopted.Where(a => a.Error is not null).Select(a => ExitCodes.Of(a.Error!.Kind)));
    }

    private static async Task<SyncAdoption> OneAsync(Invocation call, LocalProject project, string name)
    {
        try
        {
            return await ComparisonText.WatchAsync(call.Terminal, name, progress =>
                project.Service.AdoptAsync(name, progress, call.Interrupted));
        }
        catch (ProblemException e)
        {
            return new SyncAdoption { Sync = name, Error = e.Problem };
        }
    }
}
