using System.Text.RegularExpressions;
using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Warehouses;

namespace PendoSync.Tests;

public sealed partial class ReadmeTests
{
    [Fact]
    public void The_YAML_of_the_first_sync_is_a_valid_project()
    {
        var files = Snippet().Matches(File.ReadAllText(Repository.File("docs/how-to/first-sync.md")))
            .ToDictionary(m => m.Groups["file"].Value.Trim(), m => m.Groups["text"].Value, StringComparer.Ordinal);

        Assert.Equal(["pendosync.yaml", "syncs/invoices-paid.yaml", "syncs/visitor-health.yaml"], files.Keys.Order(StringComparer.Ordinal));
        var result = ProjectLoader.Load(files, new Dictionary<string, string?>(), WarehouseTypes.All);

        Assert.Empty(result.Problems);
        Assert.Equal(["invoices-paid", "visitor-health"], result.Project!.Syncs.Select(s => s.Name));
    }

    [Fact]
    public void The_run_id_of_the_README_is_one()
    {
        var answer = Answer().Match(File.ReadAllText(Repository.File("README.md")));
        Assert.Equal(answer.Groups["sync"].Value, PendoSync.State.RunRecord.SyncOf(answer.Groups["run"].Value));
    }

    [Fact]
    public void Every_file_the_README_links_to_exists()
    {
        var readme = File.ReadAllText(Repository.File("README.md"));
        foreach (Match link in Link().Matches(readme))
            Assert.True(Path.Exists(Repository.File(link.Groups["path"].Value)), link.Groups["path"].Value);
    }

    [GeneratedRegex("```yaml\n# (?<file>[^\n]+)\n(?<text>.*?)```", RegexOptions.Singleline, 1000)]
    private static partial Regex Snippet();

    [GeneratedRegex("\"run_id\": \"(?<run>[^\"]+)\", \"sync\": \"(?<sync>[^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex Answer();

    [GeneratedRegex(@"\]\((?<path>[^)#:]+)(#[^)]*)?\)", RegexOptions.None, 1000)]
    private static partial Regex Link();
}

/// <summary>The repository the tests were built from.</summary>
internal static class Repository
{
    private static readonly string _root = Find();

    /// <summary>A file of it.</summary>
    public static string File(string path) => Path.Combine(_root, path);

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!System.IO.File.Exists(Path.Combine(folder, "PendoFunctions.sln")))
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException("PendoFunctions.sln was not found above the tests");
        return folder;
    }
}
