using System.CommandLine;
using PendoSync.Cli.Output;

namespace PendoSync.Cli.Commands;

/// <summary>What every verb takes, and how every verb is run.</summary>
internal sealed class CommonOptions(Terminal terminal, CancellationToken interrupted)
{
    /// <summary>The project's folder.</summary>
    public Option<string> Project { get; } = new Option<string>("--project", "-p")
    {
        Description = "Folder of the project",
        HelpName = "DIR",
        DefaultValueFactory = _ => Directory.GetCurrentDirectory(),
        Recursive = true,
    }.NotEmpty();

    /// <summary>The state file.</summary>
    public Option<string?> State { get; } = new Option<string?>("--state")
    {
        Description = "State file (default: .pendosync/state.db in the project)",
        HelpName = "FILE",
        Recursive = true,
    }.NotEmpty();

    /// <summary>JSON on stdout.</summary>
    public Option<bool> Json { get; } = new("--json")
    {
        Description = "Write one JSON value to stdout",
        Recursive = true,
    };

    /// <summary>Sets what a verb does; whatever goes wrong becomes a problem and an exit code.</summary>
    public Command Verb(Command command, Func<Invocation, Task<int>> run)
    {
        command.SetAction(parsed => Guard.RunAsync(terminal, () =>
            run(new Invocation(parsed, terminal, interrupted, parsed.GetValue(Project)!, parsed.GetValue(State)))));
        return command;
    }
}

/// <summary>One call of a verb.</summary>
/// <param name="Parsed">Its arguments.</param>
/// <param name="Terminal">Where it writes.</param>
/// <param name="Interrupted">Cancelled by Ctrl-C.</param>
/// <param name="Folder">The project's folder.</param>
/// <param name="StateFile">The state file; null: the project's own.</param>
internal sealed record Invocation(ParseResult Parsed, Terminal Terminal, CancellationToken Interrupted, string Folder, string? StateFile)
{
    /// <summary>Opens the project; what is wrong in it and keeps only some syncs from running is remarked.</summary>
    /// <param name="failed">The verb's JSON when the project does not open; null: the problem alone.</param>
    public LocalProject Open(Func<Problem, object>? failed = null)
    {
        LocalProject project;
        try
        {
            project = LocalProject.Open(Folder, StateFile, new RemarkLog(Terminal));
        }
        catch (ProblemException e) when (failed is not null)
        {
            Terminal.Answer(failed(e.Problem));
            throw;
        }

        foreach (var problem in project.Definitions.Problems)
            Terminal.Remark("warning: " + problem);
        return project;
    }
}
