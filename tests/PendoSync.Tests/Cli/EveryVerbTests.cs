using System.Text.RegularExpressions;
using PendoSync.Cli;
using PendoSync.Cli.Commands;

namespace PendoSync.Tests.Cli;

/// <summary>
/// The real executable and the call in this process say the same, on stdout and stderr, and end alike: what the other tests see of the one
/// is true of the other. (demo, simulate and serve are never called in this process.)
/// </summary>
public sealed partial class EveryVerbTests
{
    private static readonly string[] _lines =
    [
        "--help", "nonsense", "run --help", "completion bash", "init FOLDER/mine", "schema", "validate", "check --json", "plan",
        "run visitors", "run --json", "run nobody", "status", "runs visitors --json", "problems visitors", "rejected visitors --json",
        "explain visitors v-00002", "compare visitors", "adopt visitors --json", "doubt visitors", "pause visitors", "run visitors --json",
        "resume visitors --json", "cancel visitors", "reset events --forget-events", "run", "validate --project FOLDER/none",
    ];

    [Fact]
    public async Task The_process_and_the_call_say_the_same()
    {
        await using var process = await CliWorld.CreateAsync(visitors: 30, events: 5);
        await using var call = await CliWorld.CreateAsync(visitors: 30, events: 5);
        foreach (var world in new[] { process, call })
            world.Execute("insert into visitors values ('v-text', 'pro', 'many')");

        var verbs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in _lines)
        {
            verbs.Add(line.Split(' ')[0]);
            var real = await CliProcess.RunAsync(In(process, line));
            var called = await CliCall.RunAsync(In(call, line));
            var (expected, said) = (Masked(real, process), Masked(called, call));
            Assert.True(expected == said, $"`{line}` says as a process\n{expected}\nand in this one\n{said}");
            if (line.Contains("--json", StringComparison.Ordinal))
                _ = real.Json;
        }

        var known = PendoSyncCommand.Create(new CommonOptions(new Terminal(TextWriter.Null, TextWriter.Null), default)).Subcommands;
        Assert.Equal(["demo", "serve", "simulate"], known.Select(v => v.Name).Except(verbs).Order(StringComparer.Ordinal));
    }

    private static string[] In(CliWorld world, string line)
    {
        string[] arguments = [.. line.Split(' ').Select(a => a.Replace("FOLDER", world.Folder, StringComparison.Ordinal))];
        return line.Contains("FOLDER", StringComparison.Ordinal) ? arguments : [.. arguments, "--project", world.Folder];
    }

    // What differs from run to run and from place to place; progress is said of what takes longer than two seconds.
    private static string Masked(CliResult said, CliWorld world) =>
        Varying().Replace(Progress().Replace($"exit {said.Code}\n{said.Output}\nstderr:\n{said.Error}", "")
            .Replace(world.Folder, "FOLDER", StringComparison.Ordinal)
            .Replace(world.Pendo.BaseAddress.Authority, "PENDO", StringComparison.Ordinal)
            .Replace(OwnCommand.Line, "*", StringComparison.Ordinal), "*");

    [GeneratedRegex(@"^\S+: (read |reading |[\d,]+ records of )[^-\n]*\n", RegexOptions.Multiline, 1000)]
    private static partial Regex Progress();

    [GeneratedRegex("""
        dotnet\ (run\ .*?\ --|\S+\.dll)(?=\ )           # how it was started
        |\d{4}-\d\d-\d\d[T\ ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?|\b1[78]\d{11}\b  # times
        |[0-9a-f]{16,}                                # ids
        |(?<="(seconds|call_ms|calls_at_once)":)[^,]+|[\d.,]+\ (m?s\b|at\ once)  # durations
        |\ {2,}                                       # columns
        """, RegexOptions.IgnorePatternWhitespace, 1000)]
    private static partial Regex Varying();

    [Fact]
    public void The_verb_that_is_asked_for_is_made_alone()
    {
        var common = new CommonOptions(new Terminal(TextWriter.Null, TextWriter.Null), default);
        foreach (var verb in PendoSyncCommand.Create(common).Subcommands.Select(c => c.Name))
            Assert.Equal(verb, Assert.Single(PendoSyncCommand.Create(common, verb).Subcommands).Name);
    }
}
