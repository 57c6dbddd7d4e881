using PendoSimulator.Faults;

namespace PendoSync.Tests.Cli;

public sealed class TerminalTests
{
    [TerminalFact]
    public async Task Run_on_a_terminal_shows_a_bar_that_it_clears_away()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 200, batchSize: "50");
        // Three batches at a time and then the fourth: the bar is drawn ten times a second, so also while that one is under way.
        await world.Pendo.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Action = FaultAction.Delay,
            Milliseconds = 2000
        });
        // What a build server sets makes Spectre.Console draw nothing that moves.
        using var running = CliProcess.StartOnTerminal(["run", "visitors", "--project", world.Folder], new Dictionary<string, string>
        {
            ["TERM"] = "xterm-256color",
            ["CI"] = "",
            ["GITHUB_ACTIONS"] = "",
            ["TF_BUILD"] = "",
        });
        var run = (await running.EndAsync()).Ended(0);

        const string Escape = "\u001b[";
        Assert.Contains(Escape, run.Output, StringComparison.Ordinal);
        Assert.Contains("visitors: read 200, unchanged 0, accepted ", run.Output, StringComparison.Ordinal);
        Assert.Matches("(25|50|75)%", run.Output);
        Assert.DoesNotContain("visitors: started", run.Output, StringComparison.Ordinal);
        var result = run.Output[run.Output.LastIndexOf(Escape, StringComparison.Ordinal)..];
        Assert.Matches(@"(?m)^  accepted +200\r?$", result);
    }
}
