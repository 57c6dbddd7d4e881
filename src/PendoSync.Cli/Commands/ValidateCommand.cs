using System.CommandLine;
using PendoSync.Definitions;
using PendoSync.Reports;

namespace PendoSync.Cli.Commands;

/// <summary><c>validate</c>: every problem of every file, without connecting to anything.</summary>
internal static class ValidateCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common) =>
        common.Verb(new Command("validate", "Judge pendosync.yaml and syncs/*.yaml: every problem at once, nothing is connected to"),
            RunAsync);

    private static async Task<int> RunAsync(Invocation call)
    {
        var loaded = LocalProject.Load(call.Folder);
        var asked = loaded.Project is { } found ? await AskedAsync(found, call) : [];
        // Of values a notice is enough: they would be sent once more.
        DefinitionProblem[] problems = [.. loaded.Problems, .. asked.Where(a => a.Sync.Event is not null)
            .Select(a => new DefinitionProblem(a.Sync.File, 1, 1, a.Ask.Message, a.Ask.Fix ?? ""))];
        call.Terminal.Answer(new ValidateReport(problems));
        foreach (var problem in problems)
            call.Terminal.Say(problem.ToString());
        foreach (var (sync, ask) in asked.Where(a => a.Sync.Event is null))
            call.Terminal.Remark($"note: {sync.File}: {ask.Message}. {ask.Fix}");
        call.Terminal.Say(problems.Length > 0 ? $"{problems.Length} problem{(problems.Length == 1 ? "" : "s")}."
            : loaded.Project!.Syncs.Count == 0 ? "The definitions are valid, but syncs/ holds no sync."
            : $"The definitions are valid: {string.Join(", ", loaded.Project.Syncs.Select(s => s.Name))}.");
        return problems.Length == 0 ? ExitCodes.Done : ExitCodes.Configuration;
    }

    // The state of this machine, if there is one, knows syncs that had other names. Without one the engine need not be made.
    private static async Task<IReadOnlyList<(SyncDefinition Sync, Problem Ask)>> AskedAsync(Project definitions, Invocation call)
    {
        if (!File.Exists(LocalProject.StateOf(definitions, call.StateFile)))
            return [];
        await using var project = LocalProject.Of(definitions, call.StateFile);
        return await project.Service.RenamedAsync(call.Interrupted);
    }
}
