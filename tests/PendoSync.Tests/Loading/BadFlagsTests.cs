namespace PendoSync.Tests.Loading;

/// <summary>One mistake in a good sync of flags: exactly one problem, at its place, in words that help.</summary>
public sealed class BadFlagsTests
{
    private const string Flags = """
        name: privacy
        warehouse: analytics
        model: { table: analytics.privacy }
        pendo: production
        object: visitor
        behavior: update_only
        key: visitor_id
        fields:
          pendo.donotprocess: refused
          pendo.blacklistguides: quiet
        allow_reset: true
        """;

    [Theory]
    [InlineData("pendo.blacklistguides: quiet", "plan: plan_name", 9, 3, "a sync writes flags or fields, not both", "of their own")]
    [InlineData("pendo.donotprocess: refused", "plan: plan_name", 10, 3, "a sync writes flags or fields, not both", "of their own")]
    [InlineData("pendo.blacklistguides: quiet", "\"*\": true", 9, 3, "a sync writes flags or fields, not both", "of their own")]
    [InlineData("pendo.blacklistguides: quiet", "pendo.blacklistguide: quiet", 10, 3, "Pendo has no flag 'pendo.blacklistguide'",
        "pendo.donotprocess and pendo.blacklistguides")]
    [InlineData("pendo.blacklistguides: quiet", "PENDO.DoNotProcess: quiet", 10, 3, "two columns go to one field", "Keep one")]
    [InlineData("object: visitor", "object: parent_account", 9, 3, "parent accounts have no flags", "visitors and accounts")]
    [InlineData("allow_reset: true", "group: agent", 11, 1, "flags belong to no group of fields", "Remove")]
    [InlineData("allow_reset: true", "when_null: clear", 11, 1, "null leaves flags alone", "Remove")]
    [InlineData("refused", "{ column: refused, when_null: clear }", 9, 3, "null leaves the flag 'pendo.donotprocess' alone", "Remove")]
    [InlineData("refused", "{ column: refused, type: string }", 9, 3, "'pendo.donotprocess' is true or false", "boolean column")]
    [InlineData("refused", "{ constant: 5 }", 9, 3, "'pendo.donotprocess' is true or false", "constant true")]
    [InlineData("refused", "visitor_id", 9, 3, "the key column 'visitor_id' is mapped", "second name")]
    [InlineData("allow_reset: true", "allow_reset: perhaps", 11, 14, "'allow_reset' takes true or false", null)]
    public void Sync_of_flags_is_reported_once_at_its_place(string find, string replacement, int line, int column, string message,
        string? fix)
    {
        Assert.Empty(Projects.LoadSync(Flags).Problems);
        var problem = Assert.Single(Projects.LoadSync(Flags.Replace(find, replacement, StringComparison.Ordinal)).Problems);

        Assert.Equal((line, column), (problem.Line, problem.Column));
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        if (fix is not null)
            Assert.Contains(fix, problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Flags_without_allow_reset_set_only_and_others_have_nothing_to_allow()
    {
        var set = Projects.LoadSync(Flags.Replace("allow_reset: true", "", StringComparison.Ordinal)).Project!;
        Assert.Equal((true, false), (set.Syncs[0].IsFlags, set.Syncs[0].AllowReset));
        var others = new[] { (Projects.Visitors, "'allow_reset' is for syncs of flags"), (Projects.Events, "'allow_reset' is for") };
        foreach (var (sync, message) in others)
            Assert.Contains(message, Assert.Single(Projects.LoadSync(sync + "\nallow_reset: true\n").Problems).Message,
                StringComparison.Ordinal);
    }
}
