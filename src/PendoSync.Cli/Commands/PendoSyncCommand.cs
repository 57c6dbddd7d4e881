using System.CommandLine;
using System.CommandLine.Invocation;

namespace PendoSync.Cli.Commands;

/// <summary>The command with all its verbs.</summary>
internal static class PendoSyncCommand
{
    /// <summary>Runs one command line to its exit code.</summary>
    /// <param name="args">What stands behind the command's name.</param>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="interrupted">Cancelled when somebody wants it to end.</param>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken interrupted)
    {
        var common = new CommonOptions(terminal, interrupted);
        var parsed = Create(common, args.FirstOrDefault()).Parse(args.Length == 0 ? ["--help"] : args, _asWritten);
        terminal.Json = WantsJson(parsed, common);
        terminal.Project = parsed.GetResult(common.Project) is { Implicit: false, Tokens: [{ Value: var folder }] } ? folder : null;
        // Help and version are no errors, also where an argument is missing.
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
            return terminal.Fail(ProblemOf(parsed));
        using var help = new StringWriter();
        var settings = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = help,
        };
        // Each command hears of interrupts by itself, and what it began ends in order.
        var code = await parsed.InvokeAsync(settings, CancellationToken.None);
        // The library names the program by its file, which depends on how it was started.
        var text = help.ToString().Replace($"  {RootCommand.ExecutableName} ", $"  {OwnCommand.Name} ", StringComparison.Ordinal);
        return await Guard.RunAsync(terminal, () =>
        {
            terminal.Write(text);
            return Task.FromResult(code);
        });
    }

    // Of a value that is no flag nobody can say whether it means JSON: whoever wrote --json reads stdout by program.
    private static bool WantsJson(ParseResult parsed, CommonOptions common) =>
        parsed.GetResult(common.Json) is { } json && (json.Errors.Any() || json.GetValueOrDefault<bool>());

    // @name is a key like any other, not a file of arguments.
    private static readonly ParserConfiguration _asWritten = new() { ResponseFileTokenReplacer = null };

    private static readonly Verb[] _verbs =
    [
        new("demo", DemoCommand.Create),
        new("init", InitCommand.Create),
        new("validate", ValidateCommand.Create),
        new("check", CheckCommand.Create),
        new("plan", PlanCommand.Create),
        new("compare", CompareCommand.Create),
        new("adopt", AdoptCommand.Create),
        new("run", RunCommand.Create),
        new("serve", ServeCommand.Create),
        new("status", StatusCommand.Create),
        new("runs", RunsCommand.Create),
        new("problems", ProblemsCommand.Create),
        new("rejected", ProblemsCommand.CreateRejected),
        new("explain", ExplainCommand.Create),
        new("reset", ResetCommand.Create),
        new("doubt", DoubtCommand.Create),
        new("pause", PauseCommand.Create),
        new("resume", ResumeCommand.Create),
        new("cancel", CancelCommand.Create),
        new("simulate", SimulateCommand.Create),
        new("schema", SchemaCommand.Create),
        new("completion", CompletionCommand.Create),
    ];

    /// <summary>The command and its verbs.</summary>
    /// <param name="common">What every verb takes.</param>
    /// <param name="asked">The one verb that is wanted, which is made sooner than all; null, or no verb: all.</param>
    internal static RootCommand Create(CommonOptions common, string? asked = null)
    {
        var root = new RootCommand("Keeps accounts, visitors and track events in Pendo in step with a data warehouse.\n\nExit codes: "
            + ExitCodes.Explained)
        {
            common.Project,
            common.State,
            common.Json,
        };
        foreach (var verb in Array.FindAll(_verbs, v => v.Name == asked) is [_] one ? one : _verbs)
            root.Add(verb.Create(common));
        return root;
    }

    private static Problem ProblemOf(ParseResult parsed)
    {
        var names = new List<string>();
        for (Symbol? symbol = parsed.CommandResult.Command; symbol is Command command; symbol = command.Parents.FirstOrDefault())
            names.Insert(0, command is RootCommand ? OwnCommand.Name : command.Name);
        // A word that is not known makes several errors of one mistake.
        if (parsed.UnmatchedTokens is [var word, ..])
        {
            var option = word.StartsWith('-');
            if (option || parsed.CommandResult.Command is RootCommand)
            {
                string[] known = [.. option ? SyncArguments.OptionsOf(parsed.CommandResult)
                    : parsed.RootCommandResult.Command.Subcommands.Select(c => c.Name)];
                return new Problem(ProblemKind.Configuration, $"there is no {(option ? "option" : "verb")} '{word}'", null,
                    Nearest.Fix(word, known) ?? $"Known: {string.Join(", ", known)}.");
            }
        }

        return new Problem(ProblemKind.Configuration, string.Join(" ", parsed.Errors.Select(e => e.Message).Distinct()), null,
            $"See `{string.Join(' ', names)} --help`.");
    }

    private sealed record Verb(string Name, Func<CommonOptions, Command> Create);
}
