using PendoSync.Cli;
using PendoSync.Cli.Output;

namespace PendoSync.Tests.Cli;

public sealed class RemarkLogTests
{
    [Fact]
    public void Warnings_are_remarks_and_what_verbs_say_themselves_is_not_said_twice()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var log = new RemarkLog(new Terminal(output, error));
        Log.RunStarted(log, "people", "people-1", "incremental", "cli");
        Log.AlertNotDelivered(log, "team", "people", "HTTP 404\u001b[2J");
        Log.RunFailed(log, "people", "people-1", "failed", "no table", "make it");
        Assert.Equal("warning: Alert team about people could not be delivered (HTTP 404\\u001b[2J); it is tried again.",
            error.ToString().TrimEnd());
        Assert.Equal("", output.ToString());
    }

    [Fact]
    public async Task A_run_says_that_an_alert_did_not_arrive()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 3);
        var connections = await File.ReadAllTextAsync(Path.Combine(world.Folder, "pendosync.yaml"));
        world.Write("pendosync.yaml", connections + "alerts:\n  - name: team\n    url: http://127.0.0.1:9/hook\n");
        world.Execute("drop table visitors");
        var run = (await world.RunAsync("run", "visitors")).Ended(2);
        Assert.Contains("warning: Alert team about visitors could not be delivered", run.Error, StringComparison.Ordinal);
    }
}
