using System.Text.RegularExpressions;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

/// <summary>What the program says of itself, in whatever way it was started.</summary>
public sealed class HelpTests
{
    [Fact]
    public async Task Usage_names_the_command_as_it_is_installed()
    {
        var root = (await CliProcess.RunAsync(["--help"])).Ended(0).Output;
        var verb = (await CliProcess.RunAsync(["run", "--help"])).Ended(0).Output;

        Assert.Contains("\n  pendosync [command] [options]\n", root, StringComparison.Ordinal);
        Assert.Contains("\n  pendosync run [<SYNC>...] [options]\n", verb, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_tells_the_commit()
    {
        var version = (await CliProcess.RunAsync(["--version"])).Ended(0).Output;

        Assert.Matches(new Regex(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?\+[0-9a-f]{40}\n$"), version);
    }

    [Fact]
    public async Task Init_takes_a_folder_and_schema_refreshes_what_it_wrote()
    {
        using var folder = new TemporaryFolder();
        var made = (await CliCall.RunAsync(["init", folder.File("mine")])).Ended(0).Output;

        Assert.Contains($" validate --project {folder.File("mine")}", made, StringComparison.Ordinal);
        (await CliCall.RunAsync(["validate", "--project", folder.File("mine")])).Ended(0);
        Assert.Contains("sync.schema.json", (await CliCall.RunAsync(["schema", "--project", folder.File("mine")])).Ended(0).Output,
            StringComparison.Ordinal);
        (await CliCall.RunAsync(["schema", "--project", folder.File("none")])).Ended(2);
    }
}
