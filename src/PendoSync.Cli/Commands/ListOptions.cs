using System.CommandLine;
using PendoSync.Operations;

namespace PendoSync.Cli.Commands;

/// <summary>What verbs that list take.</summary>
internal static class ListOptions
{
    /// <summary>Most items.</summary>
    public static Option<int> Limit()
    {
        var option = new Option<int>("--limit")
        {
            Description = $"Most items, 1 to {SyncService.MaxPage}",
            HelpName = "N",
            DefaultValueFactory = _ => 20
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.Errors.All(_ => false) && int.TryParse(result.Tokens[0].Value, out var limit)
                && limit is < 1 or > SyncService.MaxPage)
                result.AddError($"--limit must be 1 to {SyncService.MaxPage}.");
        });
        return option;
    }

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
