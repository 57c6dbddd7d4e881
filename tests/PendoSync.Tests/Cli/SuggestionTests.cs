namespace PendoSync.Tests.Cli;

/// <summary>What somebody mistypes, and what the terminal makes of it.</summary>
public sealed class SuggestionTests
{
    [Theory]
    [InlineData("rn", "there is no verb 'rn'", "Did you mean 'run'?")]
    [InlineData("status --jsn", "there is no option '--jsn'", "Did you mean '--json'?")]
    [InlineData("run visitors --ful", "There is no option --ful.", "Did you mean '--full'?")]
    [InlineData("run visitor", "there is no sync named 'visitor'", "Did you mean 'visitors'?")]
    [InlineData("run --limit abc", "--limit wants a whole number of at least 1, not 'abc'.", "--help")]
    [InlineData("runs visitors --limit 0", "--limit wants a whole number from 1 to 1000, not '0'.", "--help")]
    [InlineData("completion bsh", "the shell 'bsh'", "Did you mean 'bash'?")]
    public async Task A_mistake_is_named_once_with_what_was_meant(string line, string message, string fix)
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1);
        var result = (await world.RunAsync(line.Split(' '))).Ended(2);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains(fix, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Split('\n'), l => l.StartsWith("error:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_at_all_is_answered_with_help_that_tells_the_exit_codes()
    {
        var help = (await CliCall.RunAsync([])).Ended(0);
        Assert.Contains("Exit codes: 0 done", help.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  problems\b", help.Output);
    }

    [Fact]
    public async Task A_shell_completes_verbs_options_and_syncs()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1);
        foreach (var shell in new[] { "bash", "zsh", "fish", "pwsh" })
            Assert.Contains("pendosync", (await CliCall.RunAsync(["completion", shell])).Ended(0).Output, StringComparison.Ordinal);
        var line = $"run --project {world.Folder} ";
        var found = (await CliCall.RunAsync([$"[suggest:{line.Length}]", line])).Ended(0).Output.Split('\n').Select(l => l.Trim())
            .ToList();
        Assert.Contains("visitors", found);
        Assert.Contains("--full", found);
    }

    [Fact]
    public async Task A_misspelt_column_is_answered_with_the_nearest_and_check_names_the_value_that_does_not_fit()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 3);
        world.Edit("syncs/visitors.yaml", "seats: seats", "seats: plan");
        var check = (await world.RunAsync("check")).Ended(2);
        Assert.Contains("3 of the first 3 rows are invalid: column 'plan': 'pro' is not a number (not_a_", check.Output,
            StringComparison.Ordinal);
        world.Edit("syncs/visitors.yaml", "seats: plan", "seats: seat");
        Assert.Contains("did you mean 'seats'?", (await world.RunAsync("check")).Ended(2).Output, StringComparison.Ordinal);
        world.WriteConnections(new Uri("http://127.0.0.1:9"));
        var away = (await world.RunAsync("check")).Ended(3);
        Assert.Single(away.Output.Split('\n'), l => l.StartsWith("FAILED", StringComparison.Ordinal));
        Assert.Contains("-       sync visitors: not tried, since pendo sim does not work", away.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_says_when_and_in_which_run_a_record_was_accepted_and_a_pipe_is_never_asked_before_a_reset()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 3);
        var run = (await world.RunAsync("run", "--json")).Ended(0).Run.GetProperty("run_id").GetString()!;
        (await world.RunAsync("run")).Ended(0);
        var story = (await world.RunAsync("explain", "visitors", "v-00002")).Ended(0).Output;
        Assert.Matches($@"  accepted:             \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\dZ, run {run}", story);
        var reset = (await world.RunAsync("reset", "visitors")).Ended(0);
        Assert.Contains("every valid visitor", reset.Output, StringComparison.Ordinal);
    }
}
