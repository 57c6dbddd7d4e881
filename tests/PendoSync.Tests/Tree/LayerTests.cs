using System.Text.RegularExpressions;

namespace PendoSync.Tests.Tree;

/// <summary>References point one way: between projects, and between the engine's folders as src/README.md lists them.</summary>
public sealed partial class LayerTests
{
    private static readonly Dictionary<string, string[]> Projects = new(StringComparer.Ordinal)
    {
        ["PendoSync"] = [],
        ["PendoSync.Warehouses"] = ["PendoSync"],
        ["PendoSync.Web"] = ["PendoSync"],
        ["PendoSimulator"] = [],
        ["PendoSync.Cli"] = ["PendoSync", "PendoSync.Warehouses", "PendoSync.Web", "PendoSimulator"],
        ["PendoFunctions"] = ["PendoSync", "PendoSync.Warehouses", "PendoSync.Web"],
    };

    [Fact]
    public void Projects_refer_to_those_below_them()
    {
        var found = SourceTree.Files("src", "*.csproj").ToDictionary(
            f => Path.GetFileNameWithoutExtension(f.Name),
            f => ProjectReference().Matches(f.Text).Select(m => m.Groups[1].Value).Where(p => SourceTree.IsFolder($"src/{p}")).ToHashSet(),
                StringComparer.Ordinal);

        Assert.Equal(Projects.Keys.Order(), found.Keys.Order());
        Assert.All(found, project => Assert.Equal(Projects[project.Key].Order(), project.Value.Order()));
    }

    [Fact]
    public void The_engine_needs_no_web_server_and_has_one_global_using()
    {
        var project = SourceTree.Read("src/PendoSync/PendoSync.csproj");
        Assert.DoesNotContain("FrameworkReference", project, StringComparison.Ordinal);
        Assert.Equal(["PendoSync.Basics"], GlobalUsing().Matches(project).Select(m => m.Groups[1].Value));
        Assert.DoesNotContain(Engine(), f => f.Text.Contains("global using", StringComparison.Ordinal));
    }

    [Fact]
    public void The_readme_lists_every_folder_of_the_engine() =>
        Assert.Equal(Engine().Select(f => FolderOf(f.Name)).Distinct().Order(), FromTheTop().Order());

    [Fact]
    public void Folders_of_the_engine_refer_to_those_below_them()
    {
        var types = Engine()
            .SelectMany(f => TopLevelType().Matches(f.Text).Select(m => (Folder: FolderOf(f.Name), Type: m.Groups[1].Value))).ToHashSet();
        var upward = Engine().SelectMany(f => Upward(f.Name, f.Text, FromTheTop(), types));

        Assert.Empty(upward);
    }

    [Theory]
    [InlineData("using PendoSync.Engine;")]
    [InlineData("using static PendoSync.Engine.SyncEngine;")]
    [InlineData("    private PendoSync.Engine.SyncEngine? _engine;")]
    [InlineData("    private Engine.SyncEngine? _engine;")]
    public void A_file_that_looks_up_is_named_with_what_it_refers_to(string line)
    {
        var upward = Assert.Single(Upward("src/PendoSync/State/RunTable.cs", line, ["Engine", "State"], [("Engine", "SyncEngine")]));

        Assert.StartsWith("src/PendoSync/State/RunTable.cs refers to Engine", upward, StringComparison.Ordinal);
    }

    [Fact]
    public void Namespaces_follow_folders() => Assert.Empty(
        from file in SourceTree.Files("src", "*.cs").Concat(SourceTree.Files("tests", "*.cs"))
        let found = Namespace().Match(file.Text)
        let expected = string.Join('.', file.Name.Split('/')[1..^1])
        // What stands for a package has the package's own namespaces.
        where found.Success && found.Groups[1].Value != expected
            && !file.Name.StartsWith("tests/ServiceBusSubstitute/", StringComparison.Ordinal)
        select $"{file.Name} is in {found.Groups[1].Value}, its folder says {expected}");

    private static IEnumerable<string> Upward(string file, string text, IReadOnlyList<string> fromTheTop,
        HashSet<(string Folder, string Type)> types)
    {
        var own = FolderOf(file);
        var above = fromTheTop.TakeWhile(f => f != own).ToHashSet(StringComparer.Ordinal);
        foreach (Match match in Reference().Matches(Comment().Replace(text, "")))
        {
            var (folder, type) = (match.Groups["folder"].Value, match.Groups["type"].Value);
            // Without "PendoSync." it may be a property of that name: what counts is whether a type of the folder follows.
            if (above.Contains(folder)
                && (match.Value.StartsWith("PendoSync.", StringComparison.Ordinal) || types.Contains((folder, type))))
                yield return $"{file} refers to {folder} ({match.Value}), which stands above {own} in src/README.md";
        }
    }

    private static List<SourceFile> Engine() => [.. SourceTree.Files("src/PendoSync", "*.cs")];

    private static List<string> FromTheTop() => [.. TableRow().Matches(SourceTree.Read("src/README.md")).Select(m => m.Groups[1].Value)];

    private static string FolderOf(string file) => file.Split('/')[2];

    [GeneratedRegex(@"\bPendoSync\.(?<folder>[A-Z]\w+)|(?<![\w.])(?<folder>[A-Z]\w+)\.(?<type>[A-Z]\w+)", RegexOptions.None, 5000)]
    private static partial Regex Reference();

    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|static|abstract|partial|readonly|ref|unsafe) )*"
        + @"(?:class|struct|interface|enum|record struct|record|delegate \S+) (\w+)", RegexOptions.Multiline, 5000)]
    private static partial Regex TopLevelType();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline, 5000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline, 5000)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^\| ([A-Z]\w+) \|", RegexOptions.Multiline, 5000)]
    private static partial Regex TableRow();

    [GeneratedRegex(@"<ProjectReference Include=""[^""]*/([\w.]+)\.csproj""", RegexOptions.None, 5000)]
    private static partial Regex ProjectReference();

    [GeneratedRegex(@"<Using Include=""([\w.]+)""", RegexOptions.None, 5000)]
    private static partial Regex GlobalUsing();
}
