using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using PendoSync.Tests.Basics;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

/// <summary>What the command line writes, to a terminal and to the disk, and where it calls.</summary>
public sealed class SafetyTests
{
    private const string Red = "v\u001b[31m\u009b1m\rno error\u202e\nerror: x";

    [Fact]
    public async Task Nothing_from_a_row_or_from_Pendo_steers_the_terminal()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 3);
        world.Execute($"update visitors set visitor_id = 'v' || char(27) || '[31m' || char(155) || '1m' || char(13) || 'no error' || "
            + "char(8238) || char(10) || 'error: x', seats = 'many' where visitor_id = 'v-00001'");
        world.Execute("update visitors set plan = char(27) || ']0;title' || char(7) where visitor_id = 'v-00002'");
        world.Execute("alter table visitors rename column plan to \"plan\u001b[2J\"");
        world.Edit("syncs/visitors.yaml", "plan: plan", "plan: \"plan\\e[2J\"");
        world.Edit("syncs/visitors.yaml", "  seats: seats", "  seats: { column: seats, type: number }");
        world.Edit("syncs/visitors.yaml", "batch_size: 100", "limits: { max_invalid_percent: 100 }");

        foreach (var arguments in new string[][]
            { ["plan", "visitors"], ["run", "visitors"], ["problems", "visitors"], ["explain", "visitors", Red],
                ["explain", "visitors", "v-00002"], ["status"], ["runs", "visitors"], ["explain", "\u001b[31m", "x"] })
        {
            foreach (var json in new[] { false, true })
            {
                var said = await world.RunAsync([.. arguments, .. json ? ["--json"] : Array.Empty<string>()]);
                Assert.DoesNotContain(said.Output + said.Error, c => (char.IsControl(c) && c is not ('\n' or '\r')) || c == '\u202e');
                Assert.DoesNotContain("\r", (said.Output + said.Error).Replace(Environment.NewLine, "", StringComparison.Ordinal),
                    StringComparison.Ordinal);
                Assert.DoesNotContain("\nerror: x", said.Output, StringComparison.Ordinal);
                if (json && arguments[0] == "problems")
                    Assert.Equal(Red, said.Json.GetProperty("items")[0].GetProperty("key").GetString());
            }
        }
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public async Task What_is_made_for_state_and_secrets_only_its_user_may_read()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 3);
        var state = Path.Combine(world.Folder, "made/for/state.db");
        (await world.RunAsync("run", "visitors", "--state", state)).Ended(0);
        (await world.RunAsync("run", "visitors")).Ended(0);
        (await CliCall.RunAsync(["init", "--project", Path.Combine(world.Folder, "mine")])).Ended(0);

        foreach (var made in new[] { "made", ".pendosync" })
            foreach (var entry in new DirectoryInfo(Path.Combine(world.Folder, made)).EnumerateFileSystemInfos("*",
                SearchOption.AllDirectories).Prepend(new DirectoryInfo(Path.Combine(world.Folder, made))))
                Assert.Equal(entry is DirectoryInfo ? "700" : "600", Convert.ToString((int)entry.UnixFileMode, 8));
        Assert.Equal("600", Convert.ToString((int)File.GetUnixFileMode(Path.Combine(world.Folder, "mine/.env")), 8));
        Assert.NotEqual("700", Convert.ToString((int)File.GetUnixFileMode(Path.Combine(world.Folder, "mine")), 8));
    }

    [UnixFact]
    public async Task A_link_to_the_state_file_takes_the_same_lock()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 3);
        var (state, link) = (Path.Combine(world.Folder, "real/state.db"), Path.Combine(world.Folder, "link.db"));
        (await world.RunAsync("run", "visitors", "--state", state)).Ended(0);
        File.CreateSymbolicLink(link, "real/state.db");
        using (PendoSync.State.LocalLock.TryTake(state + ".locks/visitors.lock"))
        {
            var refused = await world.RunAsync("run", "visitors", "--state", link, "--json");
            Assert.Equal("conflict", refused.Ended(1).Run.GetProperty("error").GetProperty("kind").GetString());
        }

        var again = (await world.RunAsync("run", "visitors", "--state", link, "--json")).Ended(0).Run;
        Assert.Equal(3, again.GetProperty("unchanged").GetInt32());
        Assert.False(Directory.Exists(link + ".locks"));
    }

    [MountFact]
    public async Task Plan_status_and_check_work_on_a_read_only_file_system()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 3);
        (await world.RunAsync("run", "visitors")).Ended(0);
        world.Execute("pragma journal_mode = wal");
        world.Execute("update visitors set seats = 9 where visitor_id = 'v-00002'");
        Assert.True(Mounts.Run("mount", "--bind", world.Folder, world.Folder)
            && Mounts.Run("mount", "-o", "remount,bind,ro", world.Folder));
        try
        {
            var plan = (await world.RunAsync("plan", "visitors", "--json")).Ended(0).Json.GetProperty("syncs")[0];
            Assert.Equal((3, 1), (plan.GetProperty("read").GetInt32(), plan.GetProperty("planned").GetInt32()));
            var status = (await world.RunAsync("status", "--json")).Ended(0).Json.GetProperty("items")[0];
            Assert.Equal(3, status.GetProperty("last_run").GetProperty("accepted").GetInt32());
            (await world.RunAsync("check")).Ended(0);
            Assert.Contains("write access", (await world.RunAsync("run", "visitors")).Ended(3).Error, StringComparison.Ordinal);
        }
        finally
        {
            Mounts.Run("umount", world.Folder);
        }
    }

    [Theory]
    [InlineData("ENDPOINT")]
    [InlineData("TRACES_ENDPOINT")]
    [InlineData("METRICS_ENDPOINT")]
    [InlineData("LOGS_ENDPOINT")]
    public async Task Variable_of_the_exporter_that_is_wrong_is_a_mistake_of_the_configuration_and_is_not_shown(string signal)
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1);
        var said = (await CliProcess.RunAsync(["serve", "--port", "0", "--project", world.Folder], new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_" + signal] = "http://127.0.0.1:9",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "sesame",
        })).Ended(2).Error;
        Assert.Contains("OTEL_EXPORTER_OTLP_", said, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_that_goes_to_this_machine_asks_a_proxy()
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)proxy.LocalEndpoint).Port}";
        await using var world = await CliWorld.CreateAsync(visitors: 3);
        var variables = new[] { "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy" }
            .ToDictionary(n => n, _ => address);
        // A library with a proxy of its own choosing: it exports to nobody on this machine.
        variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9";
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        (await CliProcess.RunAsync(["run", "visitors", "--project", world.Folder], variables)).Ended(0);
        using (var serving = CliProcess.Start(["serve", "--port", "0", "--project", world.Folder], variables))
        {
            await serving.FirstLineAsync();
            await Task.Delay(500);
            await serving.SignalAsync("TERM");
            (await serving.EndAsync()).Ended(0);
        }

        Assert.False(proxy.Pending());
    }
}
