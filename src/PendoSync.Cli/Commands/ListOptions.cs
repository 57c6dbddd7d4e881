using System.CommandLine;

namespace PendoSync.Cli.Commands;

/// <summary>What verbs that list take.</summary>
internal static class ListOptions
{
    /// <summary>Where the list goes on.</summary>
    public static Option<string?> After() =>
        new("--after") { Description = "Go on behind the last item of the list before", HelpName = "NEXT" };

    /// <summary>Says how to see more.</summary>
    public static void SayNext(Terminal terminal, string? next)
    {
        if (next is not null)
            terminal.Say($"There are more: --after {next}");
    }
}
