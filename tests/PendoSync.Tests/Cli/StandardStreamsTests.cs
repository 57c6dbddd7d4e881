using PendoSync.Cli.Output;

namespace PendoSync.Tests.Cli;

/// <summary>stdout or stderr on a full disk, or closed: what nobody can read hinders no run, and nothing crashes.</summary>
public sealed class StandardStreamsTests
{
    [Theory]
    [InlineData("2>/dev/full")]
    [InlineData("2>&-")]
    public async Task Progress_that_cannot_be_written_hinders_no_run(string redirection)
    {
        await using var world = await CliWorld.CreateAsync();
        using var running = CliProcess.StartRedirected(redirection, ["run", "visitors", "--json", "--project", world.Folder]);
        Assert.Equal(200, (await running.EndAsync()).Ended(0).Run.GetProperty("accepted").GetInt32());
    }

    [Theory]
    [InlineData(">/dev/full", "No space left on device")]
    [InlineData(">&-", "")]
    public async Task A_result_that_cannot_be_written_is_a_problem_of_the_environment_and_the_run_is_done(string redirection, string cause)
    {
        await using var world = await CliWorld.CreateAsync();
        foreach (var json in (string[][])[[], ["--json"]])
        {
            using var running = CliProcess.StartRedirected(redirection, ["run", "visitors", .. json, "--project", world.Folder]);
            var said = (await running.EndAsync()).Ended(3).Error;
            Assert.Contains($"the result cannot be written to standard output: {cause}", said, StringComparison.Ordinal);
            Assert.DoesNotContain("report this", said, StringComparison.Ordinal);
        }

        var runs = (await world.RunAsync("runs", "visitors", "--json")).Ended(0).Json.GetProperty("items").EnumerateArray();
        Assert.Equal([0, 200], runs.Select(r => r.GetProperty("accepted").GetInt32()));
    }

    [Theory]
    [InlineData(">/dev/full", 3)]
    [InlineData(">/dev/full 2>/dev/full", 3)]
    [InlineData(">&- 2>&-", 3)]
    public async Task Help_and_errors_end_with_their_exit_code(string redirection, int help)
    {
        using var asked = CliProcess.StartRedirected(redirection, ["--help"]);
        (await asked.EndAsync()).Ended(help);
        using var wrong = CliProcess.StartRedirected(redirection, ["run", "--nonsense", "--json"]);
        (await wrong.EndAsync()).Ended(2);
    }

    [Theory]
    [InlineData(">/dev/full")]
    [InlineData("2>/dev/full")]
    public async Task Serve_serves_and_ends_in_order_when_nobody_can_read_it(string redirection)
    {
        await using var world = await CliWorld.CreateAsync();
        world.Edit("syncs/visitors.yaml", "name: visitors", "name: visitors\nschedule: \"* * * * * *\"");
        using var serving = CliProcess.StartRedirected(redirection, ["serve", "--port", "0", "--project", world.Folder]);
        await world.UntilAsync(state => state.Records.GetValueOrDefault("visitor") == 200);
        await serving.SignalAsync("TERM");
        (await serving.EndAsync()).Ended(0);
    }

    [Fact]
    public void Faults_of_a_stream_are_told_and_those_of_the_program_are_thrown()
    {
        var told = new List<Exception>();
        foreach (var fault in (Exception[])[new IOException(), new UnauthorizedAccessException(), new ObjectDisposedException("x")])
        {
            using var writer = new StandardStreams.Guarded(new Failing(fault), told.Add);
            writer.WriteLine("a line");
            Assert.Equal([fault, fault], told);
            told.Clear();
        }

        using var broken = new StandardStreams.Guarded(new Failing(new InvalidOperationException()), told.Add);
        Assert.Throws<InvalidOperationException>(() => broken.Write('a'));
    }

    private sealed class Failing(Exception fault) : StringWriter
    {
        public override void Write(string? value) => throw fault;
    }
}
