using System.Text.RegularExpressions;
using PendoSync.Loading;
using PendoSync.Tests.Tree;
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
            .Concat(new[] { "README.md", "CONTRIBUTING.md", "src/README.md", "tests/README.md", "infra/README.md" }
                .Select(p => Path.Combine(SourceTree.Root, p)))
            .Select(p => Path.GetRelativePath(SourceTree.Root, p)),
    ];

    [Fact]
    public void The_page_of_keys_is_current()
    {
        var path = Path.Combine(_docs, "reference", "keys.md");
        if (Environment.GetEnvironmentVariable("PENDOSYNC_WRITE_DOCS") == "1")
            File.WriteAllText(path, KeysPage.Write());

        Assert.True(File.ReadAllText(path) == KeysPage.Write(), "docs/reference/keys.md: run this test once with PENDOSYNC_WRITE_DOCS=1.");
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
                && !p.Contains("does not exist", StringComparison.Ordinal) && !p.Contains("not found", StringComparison.Ordinal));
            Assert.Equal([], wrong);
        }
    }

    private static HashSet<string> Headings(string path) =>
    [
        .. Heading().Matches(CodeBlock().Replace(File.ReadAllText(path), ""))
            .Select(h => NotInAnchor().Replace(h.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')),
    ];

    [GeneratedRegex(@"\[[^\]\n]*\]\((?!https?:|mailto:)(?<path>[^)#\s]*)(#(?<heading>[^)\s]*))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^```ya?ml\n(?<yaml>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex YamlBlock();

    [GeneratedRegex(@"^name:.*^object:", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex WholeSync();

    [GeneratedRegex(@":\s*(?<name>[A-Za-z0-9_-]+)")]
    private static partial Regex Named();

    [GeneratedRegex(@"^#+ (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchor();
}
