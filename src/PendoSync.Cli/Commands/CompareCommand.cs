using System.CommandLine;
using PendoSync.Cli.Output;
using PendoSync.Definitions;
using PendoSync.Reports;

namespace PendoSync.Cli.Commands;

/// <summary><c>compare SYNC…</c>: whether Pendo holds what the warehouse says; writes nothing.</summary>
internal static class CompareCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var syncs = SyncArguments.Any(common, "all but those of events");
        var command = new Command("compare", "Compare all rows with what Pendo holds, field by field; writes nothing anywhere") { syncs };
        return common.Verb(command, call => RunAsync(call, call.Parsed.GetValue(syncs) ?? []));
    }

    private static async Task<int> RunAsync(Invocation call, string[] names)
    {
        LocalProject project;
        try
        {
            project = call.Open();
        }
        catch (ProblemException e)
        {
            call.Terminal.Answer(new ComparisonReport([.. names.Select(n => new SyncComparison { Sync = n, Error = e.Problem })],
                names.Length == 0 ? e.Problem : null));
            return call.Terminal.Fail(e.Problem);
        }

        await using (project)
        {
            var found = new List<SyncComparison>();
            foreach (var name in SyncsOf(project, names))
            {
                found.Add(await OneAsync(call, project, name));
                ComparisonText.Say(call.Terminal, found[^1]);
            }

            call.Terminal.Answer(new ComparisonReport(found));
            return ExitCodes.Worst(found.Select(f => f.Error is { } error ? ExitCodes.Of(error.Kind)
                : f.Different > 0 ? ExitCodes.Failed : ExitCodes.Done));
        }
    }

    /// <summary>The syncs that were named, or all that can be read back.</summary>
    public static IEnumerable<string> SyncsOf(LocalProject project, string[] names) => names.Length > 0 ? names
        : [.. project.Definitions.Names.Where(n => project.Definitions.Find(n) is not { Object: PendoObject.TrackEvent })];

    private static async Task<SyncComparison> OneAsync(Invocation call, LocalProject project, string name)
    {
        try
        {
            return await ComparisonText.WatchAsync(call.Terminal, name, progress =>
                project.Service.CompareAsync(name, progress, call.Interrupted));
        }
        catch (ProblemException e)
        {
            return new SyncComparison { Sync = name, Error = e.Problem };
        }
    }
}
