using PendoSync.Tests.Tree;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

/// <summary>The lines of <c>completion</c>, judged by the shells that they are for.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("bash", "bash")]
    [InlineData("zsh", "zsh")]
    [InlineData("fish", "fish")]
    [InlineData("pwsh", null)]
    public async Task A_shell_reads_its_lines(string shell, string? program)
    {
        var script = (await CliCall.RunAsync(["completion", shell])).Ended(0).Output;
        Assert.DoesNotContain(@"\u000", script, StringComparison.Ordinal);
        Assert.EndsWith("\n", script, StringComparison.Ordinal);
        Assert.Equal(script.Replace("\r", "", StringComparison.Ordinal), script);
        if (program is not null && IsInstalled(program))
            await Tool.RunAsync(SourceTree.Root, program, ["-n"], script);
        var json = (await CliCall.RunAsync(["completion", shell, "--json"])).Ended(0).Json;
        Assert.Equal(script, json.GetProperty("script").GetString() + "\n");
    }

    [Fact]
    public async Task Bash_offers_what_the_program_suggests()
    {
        if (!IsInstalled("bash"))
            return;
        var script = (await CliCall.RunAsync(["completion", "bash"])).Ended(0).Output;
        var offered = await Tool.RunAsync(SourceTree.Root, "bash", ["-s"], script + """
            pendosync() { printf 'validate\nvisitors\nrun\n'; }
            COMP_WORDS=(pendosync v); COMP_CWORD=1; COMP_LINE='pendosync v'; COMP_POINT=11
            _pendosync
            printf '%s\n' "${COMPREPLY[@]}"
            complete -p pendosync

            """);
        Assert.Equal("validate\nvisitors\ncomplete -F _pendosync pendosync\n", offered);
    }

    private static bool IsInstalled(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)));
}
