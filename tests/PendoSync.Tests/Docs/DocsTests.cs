using System.Diagnostics;
using System.Text.RegularExpressions;
using PendoSync.Cli;
using PendoSync.Cli.Commands;
using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Tests.Loading;
using PendoSync.Tests.Tree;
using PendoSync.Tests.Worlds;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Docs;

/// <summary>The pages say what the code does: written ones are current, links lead somewhere, snippets load.</summary>
public sealed partial class DocsTests
{
    private static readonly string _docs = Path.Combine(SourceTree.Root, "docs");

    /// <summary>Every page of the repository that people read.</summary>
    public static TheoryData<string> Pages =>
    [
        .. Directory.EnumerateFiles(_docs, "*.md", SearchOption.AllDirectories)
            .Concat(new[] { "README.md", "CONTRIBUTING.md", "src/README.md", "tests/README.md", "infra/README.md",
                    "src/PendoSync.Web/README.md", "src/PendoSync/Loading/starter/README.md" }
                .Select(p => Path.Combine(SourceTree.Root, p)))
            .Select(p => Path.GetRelativePath(SourceTree.Root, p)),
    ];

    /// <summary>Pages that are written from the code.</summary>
    public static TheoryData<string> Written => [.. ReferencePages.All.Keys];

    [Theory]
    [MemberData(nameof(Written))]
    public void A_page_that_is_written_from_the_code_is_current(string name)
    {
        var path = Path.Combine(_docs, "reference", name);
        var written = ReferencePages.All[name]();
        if (Environment.GetEnvironmentVariable("PENDOSYNC_WRITE_DOCS") == "1")
            File.WriteAllText(path, written);

        Assert.True(File.ReadAllText(path) == written, $"docs/reference/{name}: run this test once with PENDOSYNC_WRITE_DOCS=1.");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_command_that_a_page_shows_is_one(string page)
    {
        var root = PendoSyncCommand.Create(new CommonOptions(new Terminal(TextWriter.Null, TextWriter.Null), CancellationToken.None));
        var text = File.ReadAllText(Path.Combine(SourceTree.Root, page));
        var wrong = ShellBlock().Matches(text).SelectMany(b => OwnLine().Matches(b.Groups["shell"].Value))
            .Select(l => l.Groups["arguments"].Value.Split('>', '|')[0].Trim())
            .Where(l => root.Parse(l).Errors.Count > 0 || root.Parse(l).UnmatchedTokens.Count > 0);

        Assert.Equal([], wrong);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task What_a_page_shows_is_well_formed(string page)
    {
        var text = File.ReadAllText(Path.Combine(SourceTree.Root, page));
        foreach (Match json in JsonBlock().Matches(text))
            System.Text.Json.JsonDocument.Parse(json.Groups["json"].Value).Dispose();
        foreach (Match yaml in YamlBlock().Matches(text))
        {
            var problems = new List<DefinitionProblem>();
            YamlReader.Read(yaml.Groups["yaml"].Value, new FileProblems(page, problems), new EnvironmentReferences(Projects.NoVariables));
            Assert.Empty(problems);
        }

        var shell = string.Concat(ShellBlock().Matches(text).Select(b => b.Groups["shell"].Value));
        if (shell.Length == 0 || OperatingSystem.IsWindows())
            return;
        var start = new ProcessStartInfo("bash", ["-n"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        using var bash = Process.Start(start)!;
        await bash.StandardInput.WriteAsync(shell);
        bash.StandardInput.Close();
        var wrong = await bash.StandardError.ReadToEndAsync();
        await bash.EndsAsync();
        Assert.True(bash.ExitCode == 0, $"{page}: {wrong}");
    }

    [Fact]
    public void Every_setting_of_the_sample_is_explained()
    {
        var page = File.ReadAllText(Path.Combine(_docs, "reference", "settings.md"));
        var settings = File.ReadAllText(Path.Combine(SourceTree.Root, "local.settings.sample.json"));
        using var sample = System.Text.Json.JsonDocument.Parse(settings);

        foreach (var setting in sample.RootElement.GetProperty("Values").EnumerateObject())
            Assert.Contains($"`{setting.Name}`", page, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_inside_the_repository_lead_to_a_file_and_a_heading(string page)
    {
        var text = File.ReadAllText(Path.Combine(SourceTree.Root, page));
        var broken = new List<string>();
        foreach (Match link in Link().Matches(CodeBlock().Replace(text, "")))
        {
            var (target, heading) = (link.Groups["path"].Value, link.Groups["heading"].Value);
            var path = target.Length == 0 ? Path.Combine(SourceTree.Root, page)
                : Path.GetFullPath(Path.Combine(SourceTree.Root, Path.GetDirectoryName(page)!, target));
            if (!File.Exists(path) && !Directory.Exists(path))
                broken.Add(target);
            else if (heading.Length > 0 && !Headings(path).Contains(heading))
                broken.Add($"{target}#{heading}");
        }

        Assert.Empty(broken);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_sync_that_a_page_shows_loads(string page)
    {
        var text = File.ReadAllText(Path.Combine(SourceTree.Root, page));
        foreach (Match block in YamlBlock().Matches(text))
        {
            var yaml = block.Groups["yaml"].Value;
            if (!WholeSync().IsMatch(yaml))
                continue;
            var warehouse = Named().Match(yaml, yaml.IndexOf("warehouse:", StringComparison.Ordinal)).Groups["name"].Value;
            var pendo = Named().Match(yaml, yaml.IndexOf("pendo:", StringComparison.Ordinal)).Groups["name"].Value;
            var result = ProjectLoader.Load(new Dictionary<string, string>
            {
                ["pendosync.yaml"] = $$"""
                    pendo:
                      {{pendo}}:
                        { region: us, integration_key: "${secret:k}", track_event_secrets: { web: "${secret:t}", web-app: "${secret:t}" } }
                    warehouses:
                      {{warehouse}}: { type: sqlite, file: w.db }
                    """,
                ["syncs/shown.yaml"] = yaml,
            }, new Dictionary<string, string?>(), WarehouseTypes.All);
            // What another sync or a file would add is not shown on the page.
            var wrong = result.Problems.Select(p => p.ToString()).Where(p => !p.Contains("no sync", StringComparison.Ordinal)
                && !p.Contains("does not exist", StringComparison.Ordinal) && !p.Contains("dbt's manifest", StringComparison.Ordinal)
                 && !p.Contains("not found", StringComparison.Ordinal));
            Assert.Equal([], wrong);
        }
    }

    private static HashSet<string> Headings(string path) =>
    [
        .. Heading().Matches(CodeBlock().Replace(File.ReadAllText(path), ""))
            .Select(h => NotInAnchor().Replace(h.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')),
    ];

    [GeneratedRegex(@"\[[^\]\n]*\]\((?!https?:|mailto:|\{)(?<path>[^)#\s]*)(#(?<heading>[^)\s]*))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^```ya?ml\n(?<yaml>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex YamlBlock();

    [GeneratedRegex(@"^```(?:bash|sh)\n(?<shell>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"^(?:\./)?pendosync (?<arguments>[^#\n]+)", RegexOptions.Multiline)]
    private static partial Regex OwnLine();

    [GeneratedRegex(@"^```json\n(?<json>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex(@"^name:.*^object:", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex WholeSync();

    [GeneratedRegex(@":\s*(?<name>[A-Za-z0-9_-]+)")]
    private static partial Regex Named();

    [GeneratedRegex(@"^#+ (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchor();
}
