using System.Text.RegularExpressions;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

/// <summary>What a newcomer copies out of the README and the tutorial, line by line.</summary>
public sealed partial class ReadmeLinesTests
{
    [Fact]
    public async Task The_ten_lines_work_in_their_order()
    {
        var readme = File.ReadAllText(Repository.File("README.md"));
        var from = readme.IndexOf("## Ten lines", StringComparison.Ordinal);
        var section = readme[from..readme.IndexOf("## A sync", StringComparison.Ordinal)];
        Assert.Contains("dotnet tool install --global PendoSync", readme, StringComparison.Ordinal);
        Assert.Equal(["demo", "simulate", "plan", "run", "problems", "explain", "init", "validate", "check", "serve"],
            await TypeAsync(section, line => CliProcess.RunAsync(line)));
    }

    [Fact]
    public async Task The_lines_of_the_tutorial_work_in_their_order() =>
        Assert.Equal(["demo", "simulate", "validate", "check", "plan", "run", "run", "problems", "explain", "validate", "plan",
            "serve"], await TypeAsync(File.ReadAllText(Repository.File("docs/tutorial.md")), CliCall.RunAsync));

    // Saves the files that the page says to save, and types its lines; answers the verbs.
    private static async Task<IEnumerable<string>> TypeAsync(string page, Func<IEnumerable<string>, Task<CliResult>> run)
    {
        using var folder = new TemporaryFolder();
        var lines = Line().Matches(page).Select(m => (m.Index, Arguments: m.Groups["arguments"].Value.Trim().Split(' '))).ToList();
        var files = SavedFile().Matches(page).Select(m => (m.Index, Path: m.Groups["path"].Value, Text: m.Groups["text"].Value)).ToList();

        // The second window; on another port than the default one, which another test run may hold.
        using var simulate = CliProcess.Start(["simulate", "--port", "0"]);
        var address = (await simulate.FirstLineAsync()).Split(' ')[^1];
        foreach (var (at, line) in lines.Where(l => l.Arguments[0] is not ("simulate" or "serve")))
        {
            foreach (var file in files.Where(f => f.Index < at))
                File.WriteAllText(folder.File(file.Path), file.Text);
            var arguments = line.Select(a => a.StartsWith("./", StringComparison.Ordinal) ? folder.File(a[2..]) : a);
            var ended = await (line[0] == "demo" ? CliProcess.RunAsync(arguments) : run(arguments));
            ended.Ended(line[0] == "check" && line[^1] == "./mine" ? 2 : 0);
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
        return lines.Select(l => l.Arguments[0]);
    }

    [GeneratedRegex("^pendosync (?<arguments>[^#\n]+)", RegexOptions.Multiline, 1000)]
    private static partial Regex Line();

    [GeneratedRegex("^Save this as `(?<path>[^`]+)`[^`]*```yaml\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline, 1000)]
    private static partial Regex SavedFile();
}
