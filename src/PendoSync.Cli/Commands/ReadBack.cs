using System.CommandLine;
using PendoSync.Cli.Output;
using PendoSync.Definitions;
using PendoSync.Operations;
using PendoSync.Planning;

namespace PendoSync.Cli.Commands;

/// <summary>A verb that reads Pendo back, for the syncs that are named or all that can be: one answer a sync, whatever happens.</summary>
/// <typeparam name="T">What is found of a sync.</typeparam>
/// <param name="Work">Does it for one sync; told how far it is.</param>
/// <param name="Failed">The answer of a sync whose work failed.</param>
/// <param name="Say">Says an answer to people.</param>
/// <param name="Report">The JSON of all; the problem is that of a project that does not load, where no sync was named.</param>
/// <param name="Code">The exit code of one.</param>
internal sealed record ReadBack<T>(
    Func<SyncService, string, Action<ComparisonProgress>, CancellationToken, Task<T>> Work, Func<string, Problem, T> Failed,
    Action<Terminal, T> Say, Func<IReadOnlyList<T>, Problem?, object> Report, Func<T, int> Code)
{
    /// <summary>The verb.</summary>
    public Command Verb(CommonOptions common, string name, string description)
    {
        var syncs = SyncArguments.Any(common, "all but those of events");
        return common.Verb(new Command(name, description) { syncs }, call => RunAsync(call, call.Parsed.GetValue(syncs) ?? []));
    }

    private async Task<int> RunAsync(Invocation call, string[] names)
    {
        await using var project = call.Open(problem =>
            Report([.. names.Select(n => Failed(n, problem))], names.Length == 0 ? problem : null));
        var found = new List<T>();
        var (all, chosen) = (project.Definitions, names);
        if (names.Length == 0)
            chosen = [.. all.Names.Where(n => all.Find(n) is not { Object: PendoObject.TrackEvent })];
        foreach (var name in chosen)
        {
            found.Add(await OneAsync(call, project, name));
            Say(call.Terminal, found[^1]);
        }

        call.Terminal.Answer(Report(found, null));
        return ExitCodes.Worst(found.Select(Code));
    }

    private async Task<T> OneAsync(Invocation call, LocalProject project, string name)
    {
        try
        {
            return await ComparisonText.WatchAsync(call.Terminal, name, progress =>
                Work(project.Service, name, progress, call.Interrupted));
        }
        catch (ProblemException e)
        {
            return Failed(name, e.Problem);
        }
    }
}
