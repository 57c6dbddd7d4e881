using System.Globalization;
using System.Text.RegularExpressions;

namespace PendoSync.Tests.Tree;

/// <summary>
/// docs/promises.md and the code cite each other: no number without a promise, no promise without code and tests that exist.
/// </summary>
public sealed partial class PromiseTests
{
    private static readonly List<(int Number, string KeptBy, string ProvenBy)> Promises =
        [.. Row().Matches(SourceTree.Read("docs/promises.md"))
            .Select(m => (int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), m.Groups[2].Value, m.Groups[3].Value))];

    [Fact]
    public void Promises_are_numbered_from_one() => Assert.Equal(Enumerable.Range(1, Promises.Count), Promises.Select(p => p.Number));

    [Fact]
    public void Every_number_that_code_cites_is_a_promise()
    {
        var cited = SourceTree.Files("src", "*.cs").Concat(SourceTree.Files("tests", "*.cs"))
            .SelectMany(f => Citation().Matches(f.Text)
                .Select(m => (f.Name, Number: int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)))).ToList();

        Assert.NotEmpty(cited);
        Assert.DoesNotContain(cited, c => Promises.All(p => p.Number != c.Number));
    }

    [Fact]
    public void What_keeps_a_promise_and_what_proves_it_stand_in_the_tree()
    {
        var code = SourceTree.Files("src", "*.cs").Select(f => Path.GetFileNameWithoutExtension(f.Name)).ToHashSet(StringComparer.Ordinal);
        var tests = SourceTree.Files("tests", "*.cs")
            .Where(f => f.Text.Contains("[Fact]", StringComparison.Ordinal) || f.Text.Contains("[Theory]", StringComparison.Ordinal))
            .Select(f => Path.GetFileNameWithoutExtension(f.Name)).ToHashSet(StringComparer.Ordinal);
        var types = SourceTree.Files("src", "*.cs").SelectMany(f => TypeName().Matches(f.Text).Select(m => m.Groups[1].Value))
            .ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(Promises);
        foreach (var (number, keptBy, provenBy) in Promises)
        {
            var (keepers, provers) = (Names(keptBy), Names(provenBy));
            Assert.True(keepers.Count > 0 && keepers.All(k => code.Contains(k) || types.Contains(k)),
                $"promise {number} is kept by {keptBy}");
            Assert.True(provers.Count > 0 && provers.All(tests.Contains), $"promise {number} is proven by {provenBy}");
        }
    }

    [Fact]
    public void Nothing_refers_to_a_page_outside_the_repository() =>
        Assert.DoesNotContain(SourceTree.Files("src", "*.cs").Concat(SourceTree.Files("tests", "*.cs"))
            .Where(f => !f.Name.EndsWith("PromiseTests.cs", StringComparison.Ordinal)),
            f => OutsidePage().IsMatch(f.Text));

    private static List<string> Names(string cell) => [.. Name().Matches(cell).Select(m => m.Groups[1].Value)];

    [GeneratedRegex(@"^\| (\d+) \| .*? \| ([^|]*) \| ([^|]*) \|$", RegexOptions.Multiline, 1000)]
    private static partial Regex Row();

    [GeneratedRegex(@"[Pp]romise (\d+)", RegexOptions.None, 1000)]
    private static partial Regex Citation();

    [GeneratedRegex(@"\bDESIGN\b|\(design\b|\bpendo-api\b|\bfield-lessons\b|shared/", RegexOptions.None, 1000)]
    private static partial Regex OutsidePage();

    [GeneratedRegex("`([A-Za-z]+)`", RegexOptions.None, 1000)]
    private static partial Regex Name();

    [GeneratedRegex(@"\b(?:class|record|struct|interface) ([A-Z]\w+)", RegexOptions.None, 1000)]
    private static partial Regex TypeName();
}
