using System.CommandLine;
using PendoSync.Reports;

namespace PendoSync.Cli.Commands;

/// <summary><c>validate</c>: every problem of every file, without connecting to anything.</summary>
internal static class ValidateCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common) =>
        common.Verb(new Command("validate", "Judge pendosync.yaml and syncs/*.yaml: every problem at once, nothing is connected to"), Run);

    private static Task<int> Run(Invocation call)
    {
        var loaded = LocalProject.Load(call.Folder);
        call.Terminal.Answer(new ValidateReport(loaded.Problems));
        foreach (var problem in loaded.Problems)
            call.Terminal.Say(problem.ToString());
        if (loaded.Project is { } project)
            call.Terminal.Say(project.Syncs.Count == 0 ? "The definitions are valid, but syncs/ holds no sync."
                : $"The definitions are valid: {string.Join(", ", project.Syncs.Select(s => s.Name))}.");
        else
            call.Terminal.Say($"{loaded.Problems.Count} problem{(loaded.Problems.Count == 1 ? "" : "s")}.");
        return Task.FromResult(loaded.Project is null ? ExitCodes.Configuration : ExitCodes.Done);
    }
}
