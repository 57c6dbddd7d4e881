using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;

namespace PendoSync.Cli.Commands;

/// <summary>Names of syncs on the command line.</summary>
internal static class SyncArguments
{
    /// <summary>Exactly one sync.</summary>
    public static Argument<string> One(CommonOptions common) =>
        Checked(common, new Argument<string>("SYNC") { Description = "Name of the sync" });

    /// <summary>Any number of syncs.</summary>
    public static Argument<string[]> Any(CommonOptions common, string whenNone) =>
        Checked(common, new Argument<string[]>("SYNC")
        {
            Description = $"Names of syncs (default: {whenNone})",
            Arity = ArgumentArity.ZeroOrMore
        });

    // The parser takes an option it does not know for one more name.
    private static T Checked<T>(CommonOptions common, T argument)
        where T : Argument
    {
        argument.CompletionSources.Add(context => NamesIn(context.ParseResult.GetValue(common.Project)));
        argument.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(t => t.Value.StartsWith('-')))
                result.AddError($"There is no option {token.Value}. {Nearest.Fix(token.Value, OptionsOf(result))}".TrimEnd());
        });
        return argument;
    }

    /// <summary>Names of the options that may stand where a result stands.</summary>
    public static IEnumerable<string> OptionsOf(SymbolResult result)
    {
        for (SymbolResult? at = result; at is not null; at = at.Parent)
            if (at is CommandResult { Command: var command })
                foreach (var option in command.Options)
                    yield return option.Name;
    }

    // A shell asks while somebody types: what is wrong in the project is said by the command itself.
    private static IEnumerable<CompletionItem> NamesIn(string? folder)
    {
        try
        {
            var loaded = LocalProject.Load(folder ?? Directory.GetCurrentDirectory());
            return [.. (loaded.Project?.Names ?? []).Select(n => new CompletionItem(n))];
        }
        catch (ProblemException)
        {
            return [];
        }
    }
}
