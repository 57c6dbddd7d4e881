using System.CommandLine;

namespace PendoSync.Cli.Commands;

/// <summary>Names of syncs on the command line.</summary>
internal static class SyncArguments
{
    /// <summary>Exactly one sync.</summary>
    public static Argument<string> One() => new("SYNC") { Description = "Name of the sync" };

    /// <summary>Any number of syncs.</summary>
    public static Argument<string[]> Any(string whenNone) => new("SYNC") { Description = $"Names of syncs (default: {whenNone})", Arity = ArgumentArity.ZeroOrMore };
}
