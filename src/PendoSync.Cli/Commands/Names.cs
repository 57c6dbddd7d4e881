using System.CommandLine;
using System.CommandLine.Parsing;

namespace PendoSync.Cli.Commands;

/// <summary>Options and arguments that name something: an empty one, as of a variable that is not set, is refused.</summary>
internal static class Names
{
    /// <summary>An option.</summary>
    public static Option<T> NotEmpty<T>(this Option<T> option)
    {
        option.Validators.Add(result => Check(result, option.Name, result.Tokens));
        return option;
    }

    /// <summary>An argument.</summary>
    public static Argument<T> NotEmpty<T>(this Argument<T> argument)
    {
        argument.Validators.Add(result => Check(result, argument.Name, result.Tokens));
        return argument;
    }

    private static void Check(SymbolResult result, string name, IEnumerable<Token> tokens)
    {
        if (tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            result.AddError($"{name} is empty: is a variable not set?");
    }
}
