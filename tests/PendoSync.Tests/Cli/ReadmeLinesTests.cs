using System.Text.RegularExpressions;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

/// <summary>What a newcomer copies out of the README, line by line.</summary>
public sealed partial class ReadmeLinesTests
{
    [Fact]
    public async Task The_ten_lines_work_in_their_order()
    {
        using var folder = new TemporaryFolder();
        var readme = File.ReadAllText(Repository.File("README.md"));
        var section =
            readme[readme.IndexOf("## Ten lines", StringComparison.Ordinal)..readme.IndexOf("## Your first sync",
            StringComparison.Ordinal)];
        Assert.Contains("```bash\npendosync() { dotnet run --project src/PendoSync.Cli -- \"$@\"; }\n", section, StringComparison.Ordinal);
        var lines = Line().Matches(section).Select(m => m.Groups["arguments"].Value.Trim().Split(' ')).ToList();
        Assert.Equal(["demo", "simulate", "plan", "run", "problems", "explain", "init", "validate", "check", "serve"],
            lines.Select(l => l[0]));

        // The second window; on another port than the default one, which another test run may hold.
        using var simulate = CliProcess.Start(["simulate", "--port", "0"]);
        var address = (await simulate.FirstLineAsync()).Split(' ')[^1];
        foreach (var line in lines.Where(l => l[0] is not ("simulate" or "serve")))
        {
            var arguments = line.Select(a => a.StartsWith("./", StringComparison.Ordinal) ? folder.File(a[2..]) : a);
            var ended = (await CliProcess.RunAsync(arguments)).Ended(line[0] == "check" ? 2 : 0);
            Assert.NotEqual("", ended.Output);
            if (line[0] == "demo")
                File.WriteAllText(folder.File("demo/pendosync.yaml"), File.ReadAllText(folder.File("demo/pendosync.yaml"))
                    .Replace("http://127.0.0.1:4010", address, StringComparison.Ordinal));
        }

        using var serve = CliProcess.Start(["serve", "--project", folder.File("demo"), "--port", "0"]);
        Assert.EndsWith("/api/status", await serve.FirstLineAsync(), StringComparison.Ordinal);
        await serve.SignalAsync("INT");
        (await serve.EndAsync()).Ended(0);
        await simulate.SignalAsync("INT");
        (await simulate.EndAsync()).Ended(0);
    }

    [GeneratedRegex("^pendosync (?<arguments>[^#\n]+)", RegexOptions.Multiline, 1000)]
    private static partial Regex Line();
}
