using System.Reflection;
using PendoSync.Tests.Tree;
using PendoSync.Values;

namespace PendoSync.Tests.Values;

/// <summary>docs/reference/rules.md knows every rule and no other, and every message ends with its rule's name.</summary>
public sealed class RuleCatalogueTests
{
    private static readonly string[] _rules = [.. typeof(Rules).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!).Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_rule_has_an_entry_with_meaning_cause_and_fix()
    {
        var entries = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "reference", "rules.md")).Split("\n## ").Skip(1).ToList();
        Assert.Equal(_rules, entries.Select(e => e[..e.IndexOf('\n', StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
        Assert.All(entries, e => Assert.Matches(@"(?s)^\w+\n\n\S.*\n\n- Cause: \S.*\n- Fix: \S", e));
    }

    [Fact]
    public void Every_message_says_what_is_wrong_and_names_its_rule_and_shows_a_value_only_when_asked()
    {
        foreach (var rule in _rules)
        {
            Assert.NotEqual(rule, Rules.Explain(rule));
            Assert.EndsWith($" ({rule})", Rules.Message(new Invalid(rule, "c")), StringComparison.Ordinal);
        }

        Assert.Equal("column 'seats': 'abc' is not a number (not_a_number)", Rules.Message(new Invalid(Rules.NotNumber, "seats"), "abc"));
        Assert.Equal("column 'seats': the value is not a number (not_a_number)", Rules.Message(new Invalid(Rules.NotNumber, "seats")));
    }
}
