using PendoSync.Tests.Basics;
using PendoSync.Tests.Worlds;
using YamlDotNet.RepresentationModel;

namespace PendoSync.Tests.Loading;

/// <summary>
/// What the Azure Developer CLI runs from azure.yaml, here and in a project that init made: for both kinds of systems, in the form of its
/// schema (https://raw.githubusercontent.com/Azure/azure-dev/main/schemas/v1.0/azure.yaml.json), and good scripts for the shells it names.
/// </summary>
public sealed class AzdHooksTests
{
    private static readonly string[] _hooks = ["preup", "preprovision", "postprovision"];
    private static readonly string[] _keys = ["shell", "run", "interactive"];

    private const string Parse = "$e = $null; $script = $input -join \"`n\"; "
        + "[void][System.Management.Automation.Language.Parser]::ParseInput($script, [ref]$null, [ref]$e); $e.Count";

    [UnixFact]
    public Task Hooks_of_this_repository_are_scripts_for_both_shells() => AssertHooksAsync("azure.yaml");

    [UnixFact]
    public Task Hooks_of_a_project_are_scripts_for_both_shells() => AssertHooksAsync("src/PendoSync/Loading/starter/azure.yaml");

    private static async Task AssertHooksAsync(string file)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Repository.File(file))));
        var hooks = (YamlMappingNode)yaml.Documents[0].RootNode["hooks"];
        foreach (var (name, systems) in hooks)
        {
            Assert.Contains($"{name}", _hooks);
            Assert.Equal(["posix", "windows"], Names(systems));
            foreach (var (system, shell) in new[] { ("posix", "sh"), ("windows", "pwsh") })
            {
                Assert.Empty(Names(systems[system]).Except(_keys));
                Assert.Equal(shell, $"{systems[system]["shell"]}");
                await AssertParsesAsync(shell, $"{systems[system]["run"]}");
            }
        }
    }

    private static IEnumerable<string> Names(YamlNode node) => ((YamlMappingNode)node).Children.Keys.Select(k => $"{k}");

    private static async Task AssertParsesAsync(string shell, string script)
    {
        if (shell == "sh")
            await Tool.RunAsync("/", "sh", ["-n"], script);
        else if (Environment.GetEnvironmentVariable("PENDOSYNC_PWSH") is { Length: > 0 } pwsh)
            Assert.Equal("0", (await Tool.RunAsync("/", pwsh, ["-NoProfile", "-Command", Parse], script)).Trim());
    }
}
