using PendoSync.Cli.Output;
using PendoSync.Pendo;
using PendoSync.State;
using PendoSync.Tests.Simulator;

namespace PendoSync.Tests.Cli;

public sealed class RunProgressTests
{
    [Fact]
    public async Task A_look_that_fails_leaves_the_run_alone_and_the_next_one_is_made()
    {
        var run = new TaskCompletionSource<RunRecord>();
        var ended = new RunRecord { Sync = "s", RunId = "s-1", State = RunState.Completed };
        var looks = 0;

        var watched = await RunProgress.WatchAsync(() => run.Task, TimeSpan.FromMilliseconds(1), () =>
        {
            if (++looks == 3)
                run.SetResult(ended);
            throw new ProblemException(ProblemKind.Transient, "the state file is kept busy by another process");
        });

        Assert.Same(ended, watched);
    }

    [Fact]
    public void A_read_of_which_nothing_comes_is_said()
    {
        var clock = new StillTime();
        var still = new RunProgress.Stillness(clock);
        var counts = new RunCounts { Read = 5 };
        Assert.Equal("", still.Words(counts));
        clock.Passed = TimeSpan.FromSeconds(150);
        Assert.Equal(", nothing new for 2 min", still.Words(counts with { }));
        Assert.Equal("", still.Words(counts with { Read = 6 }));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "")]
    [InlineData(90, ", waiting 90s since Pendo asks for fewer calls")]
    public void A_pause_that_Pendo_asked_for_is_said(int seconds, string expected) =>
        Assert.Equal(expected, RunProgress.Calls(new CallSlots(10, TimeProvider.System), TimeSpan.FromSeconds(seconds)));
}
