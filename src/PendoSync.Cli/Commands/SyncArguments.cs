using System.CommandLine;

namespace PendoSync.Cli.Commands;

/// <summary>Names of syncs on the command line.</summary>
internal static class SyncArguments
{
    /// <summary>Exactly one sync.</summary>
    public static Argument<string> One() => Checked(new Argument<string>("SYNC") { Description = "Name of the sync" });

    /// <summary>Any number of syncs.</summary>
    public static Argument<string[]> Any(string whenNone) =>
        Checked(new Argument<string[]>("SYNC") { Description = $"Names of syncs (default: {whenNone})", Arity = ArgumentArity.ZeroOrMore });

    // The parser takes an option it does not know for one more name.
    private static T Checked<T>(T argument)
        where T : Argument
    {
        argument.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(t => t.Value.StartsWith('-')))
                result.AddError($"There is no option {token.Value}.");
        });
        return argument;
    }
}
