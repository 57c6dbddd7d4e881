namespace PendoSync.Tests.Cli;

/// <summary>Forgetting is asked for once more where somebody can answer.</summary>
public sealed class ResetTests
{
    [TerminalFact]
    public async Task Reset_asks_on_a_terminal_and_only_there()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 3);
        (await world.RunAsync("run")).Ended(0);
        foreach (var no in new[] { "n\n", "\n", "yess\n", "\u0004" })
        {
            var asked = await OnTerminalAsync(world, no);
            Assert.Equal(1, asked.Code);
            Assert.Contains("Forget what Pendo accepted of visitors? [y/N]", asked.Output, StringComparison.Ordinal);
            Assert.Contains("Nothing was changed.", asked.Output, StringComparison.Ordinal);
        }

        Assert.Equal(3, Unchanged(await world.RunAsync("run", "--json")));
        Assert.Contains("[y/N]", (await OnTerminalAsync(world, "y\n")).Ended(0).Output, StringComparison.Ordinal);
        Assert.Equal(0, Unchanged(await world.RunAsync("run", "--json")));
        Assert.DoesNotContain("[y/N]", (await OnTerminalAsync(world, "", "--yes")).Ended(0).Output, StringComparison.Ordinal);
        Assert.Equal(0, Unchanged(await world.RunAsync("run", "--json")));
        Assert.DoesNotContain("[y/N]", (await world.RunAsync("reset", "visitors")).Ended(0).Error, StringComparison.Ordinal);
        Assert.Equal(0, Unchanged(await world.RunAsync("run", "--json")));
    }

    private static int Unchanged(CliResult run) => run.Ended(0).Run.GetProperty("unchanged").GetInt32();

    private static async Task<CliResult> OnTerminalAsync(CliWorld world, string answer, params string[] more)
    {
        using var process = CliProcess.StartOnTerminal(["reset", "visitors", .. more, "--project", world.Folder],
            new Dictionary<string, string>());
        if (more.Length == 0)
            await process.AnswerAsync("[y/N] ", answer);
        return await process.EndAsync();
    }
}
