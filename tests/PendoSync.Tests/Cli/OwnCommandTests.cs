using PendoSync.Cli;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

public sealed class OwnCommandTests
{
    [Theory]
    [InlineData("Debug", "", "dotnet run --project sources/cli --")]
    [InlineData("Debug", "sources/cli", "dotnet run --project . --")]
    [InlineData("Release", "demo", "dotnet run -c Release --project ../sources/cli --")]
    public void Built_from_its_sources_it_is_started_by_dotnet_run_from_where_the_user_is(string configuration,
        string current, string expected)
    {
        using var folder = new TemporaryFolder();
        var built = Directory.CreateDirectory(folder.File($"sources/cli/bin/{configuration}/net10.0")).FullName;
        Assert.Equal("dotnet " + Path.Combine(built, "PendoSync.Cli.dll"), OwnCommand.Of(built, "/usr/bin/dotnet", folder.Path,
            "/usr/bin"));
        File.WriteAllText(folder.File("sources/cli/PendoSync.Cli.csproj"), "<Project/>");
        Assert.Equal(expected, OwnCommand.Of(built + Path.DirectorySeparatorChar, Path.Combine(built, "PendoSync.Cli"),
            folder.File(current), "/usr/bin"));
    }

    [Theory]
    [InlineData("Look at `pendosync problems a`, then `pendosync plan`.", null, "pendosync",
        "Look at `pendosync problems a`, then `pendosync plan`.")]
    [InlineData("Look at `pendosync problems a`.", "./my demo", "dotnet run --project cli --",
        "Look at `dotnet run --project cli -- problems a --project \"./my demo\"`.")]
    [InlineData("Start `pendosync simulate --port 9`; see `pendosync run --help`, and `pendosync.yaml`.", "p", "x",
        "Start `x simulate --port 9`; see `x run --help`, and `pendosync.yaml`.")]
    public void Hints_say_the_command_as_it_was_started(string text, string? project, string line, string expected) =>
        Assert.Equal(expected, OwnCommand.InHints(text, project, line));

    [Theory]
    [InlineData("/home/me/.dotnet/tools/.store/pendosync/1.0.0/tools/net10.0/any/", "/home/me/.dotnet/tools/pendosync", "pendosync")]
    [InlineData("/home/me/.dotnet/tools/.store/p/1/p.linux-x64/1/tools/net10.0/linux-x64/",
        "/home/me/.dotnet/tools/.store/p/1/p.linux-x64/1/tools/net10.0/linux-x64/PendoSync.Cli", "pendosync")]
    [InlineData("/opt/.store/p/1/p.linux-x64/1/tools/net10.0/linux-x64/",
        "/opt/.store/p/1/p.linux-x64/1/tools/net10.0/linux-x64/PendoSync.Cli", "/opt/pendosync")]
    [InlineData("/opt/here/", "/opt/here/pendosync", "/opt/here/pendosync")]
    [InlineData("/opt/pendosync/", "/opt/pendosync/PendoSync.Cli", "/opt/pendosync/PendoSync.Cli")]
    [InlineData("/opt/pendo sync/", "/opt/pendo sync/PendoSync.Cli", "\"/opt/pendo sync/PendoSync.Cli\"")]
    [InlineData("/opt/pendosync/", "/usr/bin/dotnet", "dotnet /opt/pendosync/PendoSync.Cli.dll")]
    public void Installed_it_is_started_by_its_name_and_elsewhere_by_its_file(string folder, string process, string expected) =>
        Assert.Equal(expected, OwnCommand.Of(folder, process, "/home/me", "/usr/bin:/home/me/.dotnet/tools/"));
}
