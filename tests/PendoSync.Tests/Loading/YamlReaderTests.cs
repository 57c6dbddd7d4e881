using System.Text;

namespace PendoSync.Tests.Loading;

/// <summary>Texts that are no good YAML, or YAML that would eat a machine.</summary>
public sealed class YamlReaderTests
{
    public static TheoryData<string, int, string> Broken => new()
    {
        { "", 1, "the file is empty" },
        { "# only a comment", 1, "the file is empty" },
        { "just text", 1, "the file holds text where keys and values are expected" },
        { "- a\n- b", 1, "the file holds a list" },
        { "name: a\n\twarehouse: b", 2, "a tab indents this line" },
        { "pendo:\n  a: b\n  \tc: d", 3, "a tab indents this line" },
        { "model:\n  sql: { a: ${secret:x} }", 2, "not valid YAML" },
        { "name: 'a\nwarehouse: b", 1, "not valid YAML" },
        { "name: a\n  bad: indent", 2, "not valid YAML" },
        { "name: a\n---\nname: b", 2, "'---' begins a second one" },
        { "name: !!binary aGk=", 1, "tags (!name) are not used" },
        { "name: *nowhere", 1, "needs its anchor" },
        { "name: &a [*a]", 1, "needs its anchor" },
        { "name: a\0b", 1, "control character" },
        { "ok: 1\nname: \u0001", 2, "control character" },
        { new string('[', 100_000), 1, "nested deeper than 32 levels" },
        { string.Concat(Enumerable.Repeat("a: {", 40)), 1, "nested deeper" },
        { "a: " + new string('x', 1_000_001), 1, "more than 1,000,000" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Broken_text_is_one_problem_with_a_place(string text, int line, string message)
    {
        var problem = Assert.Single(Projects.LoadSync(text).Problems);

        Assert.Equal(("syncs/a.yaml", line), (problem.File, problem.Line));
        Assert.True(problem.Column >= 1);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reference_without_quotes_in_braces_says_what_to_do()
    {
        var problem =
            Assert.Single(Projects.Load(Projects.Connections.Replace("\"${secret:warehouse-password}\"", "${secret:warehouse-password}",
            StringComparison.Ordinal)).Problems);

        Assert.Equal(8, problem.Line);
        Assert.Contains("in quotes", problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_that_is_a_list_is_a_problem_at_the_key()
    {
        var problem = Projects.LoadSync(Projects.Visitors + "\n? [a, b]\n: c").Problems.Single();

        Assert.Equal((14, 3, "a key must be text; found a list"), (problem.Line, problem.Column, problem.Message));
    }

    [Fact]
    public void Nested_aliases_end_at_a_bound()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
            bomb.Append("a").Append(i).Append(": &a").Append(i).Append(" [").AppendJoin(", ", Enumerable.Repeat("*a" + (i - 1), 10))
                .Append("]\n");

        var problems = Projects.LoadSync(bomb.ToString()).Problems;

        Assert.Contains(problems, p => p.Message.Contains("more than 100,000 values", StringComparison.Ordinal));
    }

    [Fact]
    public void Alias_stands_for_its_anchor()
    {
        var sync = Projects.Sync(Projects.Visitors
            .Replace("{ column: seat_count, type: number }", "&seats { column: seat_count, type: number }", StringComparison.Ordinal)
            .Replace("loaded_by: { constant: warehouse }", "places: *seats", StringComparison.Ordinal));

        Assert.Equal("seat_count", sync.Fields[2].Column);
    }

    [Fact]
    public void Byte_order_mark_and_windows_line_ends_are_fine()
    {
        Assert.Empty(Projects.LoadSync("\uFEFF" + Projects.Visitors.ReplaceLineEndings("\r\n")).Problems);
    }

    [Theory]
    [InlineData("01234", "", "01234")]
    [InlineData("1e3", "", "1e3")]
    [InlineData("12:30", "", "12:30")]
    [InlineData("yes", "", "yes")]
    [InlineData("null", "", "null")]
    [InlineData("12", ", type: string", "12")]
    [InlineData("true", ", type: string", "true")]
    [InlineData("12", "", 12L)]
    [InlineData("true", "", true)]
    public void Constant_from_a_variable_keeps_its_letters(string held, string type, object constant)
    {
        var text = Projects.Visitors.Replace("constant: warehouse", "constant: \"${env:HELD}\"" + type, StringComparison.Ordinal);
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal) { ["HELD"] = held };
        var loaded = Projects.Load(null, variables, ("syncs/a.yaml", text));

        Assert.Empty(loaded.Problems);
        Assert.Equal(constant, loaded.Project!.Syncs[0].Fields[2].Constant);
    }

    [Theory]
    [InlineData("0250")]
    [InlineData("0xFA")]
    [InlineData("1_000")]
    public void Number_from_a_variable_that_readers_read_differently_is_refused(string held)
    {
        var text = Projects.Visitors.Replace("create_fields: true", "batch_size: \"${env:SIZE}\"", StringComparison.Ordinal);
        var problem = Assert.Single(Projects.Load(null, new Dictionary<string, string?>(StringComparer.Ordinal) { ["SIZE"] = held },
            ("syncs/a.yaml", text)).Problems);

        Assert.Equal((12, 13), (problem.Line, problem.Column));
    }

    [Fact]
    public void Variables_are_put_in_and_have_their_type()
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal) { ["SIZE"] = "250", ["NAME"] = "health" };
        var text = Projects.Visitors.Replace("create_fields: true", "batch_size: \"${env:SIZE}\"", StringComparison.Ordinal)
            .Replace("{ table: analytics.visitor_health }", "analytics.visitor_${env:NAME}", StringComparison.Ordinal);

        var sync = Assert.Single(Projects.Load(null, variables, ("syncs/a.yaml", text)).Project!.Syncs);

        Assert.Equal((250, "analytics.visitor_health"), (sync.BatchSize, sync.Model.Table));
    }
}
