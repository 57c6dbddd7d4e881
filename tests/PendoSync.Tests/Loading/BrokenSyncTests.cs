using PendoSync.Definitions;

namespace PendoSync.Tests.Loading;

/// <summary>What can run in spite of a problem, and which sync each problem keeps from running.</summary>
public sealed class BrokenSyncTests
{
    [Theory]
    [InlineData("name: [")]
    [InlineData("")]
    [InlineData("\u0000")]
    [InlineData("name: b\nwarehouse: analytics")]
    public void A_file_that_cannot_be_used_breaks_its_own_sync_only(string text)
    {
        var loaded = Load(("a", Named("a")), ("b", text), ("c", Named("c") + "\nafter: [b]"));

        Assert.Null(loaded.Project);
        Assert.Equal(["a", "c"], loaded.Runnable!.Syncs.Select(s => s.Name));
        var broken = Assert.Single(loaded.Runnable.Broken);
        Assert.Equal(("b", true), (broken.Name, broken.Problems.All(p => p.File == "syncs/b.yaml")));
        // That c follows a broken sync is no second problem.
        Assert.Equal(loaded.Problems, broken.Problems);
    }

    [Fact]
    public void Ten_syncs_that_write_one_field_have_one_problem_and_the_first_of_them_runs()
    {
        var loaded = Load([.. Enumerable.Range(0, 10).Select(i => ($"s{i}", Named($"s{i}", "  plan: plan_name"))),
            ("other", Named("other", "  colour: colour"))]);

        var problem = Assert.Single(loaded.Problems);
        Assert.Equal(("syncs/s1.yaml", 9, 3), (problem.File, problem.Line, problem.Column));
        Assert.StartsWith("the field 'plan' is written by the sync 's0' too (syncs/s0.yaml:9), by 's2' (syncs/s2.yaml:9)", problem.Message,
            StringComparison.Ordinal);
        Assert.Equal(["other", "s0"], loaded.Runnable!.Syncs.Select(s => s.Name));
        Assert.All(loaded.Runnable.Broken, b => Assert.Equal([problem], b.Problems));
        Assert.Equal(9, loaded.Runnable.Broken.Count);
    }

    [Fact]
    public void Two_syncs_that_write_several_fields_have_one_problem()
    {
        var problem =
            Assert.Single(Load(("a", Named("a", "  plan: p\n  seats: s\n  own: o")), ("b", Named("b", "  Seats: s\n  plan: p"))).Problems);

        Assert.Equal("the fields 'Seats', 'plan' are written by the sync 'a' too (syncs/a.yaml:10)", problem.Message);
    }

    [Fact]
    public void A_sync_that_shares_its_name_or_waits_in_a_circle_is_broken_and_the_others_run()
    {
        var twice = Load(("a", Named("a")), ("b", Named("a", "  colour: colour")), ("c", Named("c", "  size: size"))).Runnable!;
        var circle = Load(("a", Named("a") + "\nafter: [b]"), ("b", Named("b", "  colour: colour") + "\nafter: [a]"),
            ("c", Named("c", "  size: size"))).Runnable!;

        Assert.Equal((["a", "c"], ["b"]), (twice.Syncs.Select(s => s.Name), twice.Broken.Select(b => b.Name)), Same);
        Assert.Equal((["c"], ["a", "b"]), (circle.Syncs.Select(s => s.Name), circle.Broken.Select(b => b.Name)), Same);
        Assert.Same(circle.Broken[0].Problems[0], circle.Broken[1].Problems[0]);
    }

    [Fact]
    public void A_connection_that_is_wrong_is_one_problem_and_breaks_the_syncs_that_use_it()
    {
        var connections = Projects.Connections.Replace("    region: us", "    region: us\n    max_calls_per_second: many",
            StringComparison.Ordinal)
            .Replace("warehouses:", "  staging: { region: eu, integration_key: \"${secret:staging}\" }\nwarehouses:",
                StringComparison.Ordinal);
        var loaded = Projects.Load(connections, null, ("syncs/a.yaml", Named("a")), ("syncs/b.yaml", Named("b", "  colour: colour")),
            ("syncs/c.yaml", Named("c").Replace("pendo: production", "pendo: staging", StringComparison.Ordinal)));

        var problem = Assert.Single(loaded.Problems);
        Assert.Equal("pendosync.yaml", problem.File);
        Assert.Equal(["c"], loaded.Runnable!.Syncs.Select(s => s.Name));
        Assert.Equal([("a", problem), ("b", problem)], loaded.Runnable.Broken.Select(b => (b.Name, Assert.Single(b.Problems))));
        Assert.Equal(["staging"], loaded.Runnable.Pendo.Keys);
    }

    [Theory]
    [InlineData("pendo: {")]
    [InlineData("version: 2")]
    [InlineData("warehose: {}")]
    [InlineData("warehouses: none")]
    public void Nothing_runs_when_the_file_of_the_connections_as_a_whole_is_wrong(string text)
    {
        var whole = text.Split(':')[0] is var key && Projects.Connections.Contains(key + ":", StringComparison.Ordinal)
            ? string.Join('\n', Projects.Connections.Split('\n').Where(l => !l.StartsWith(key + ":", StringComparison.Ordinal))) + "\n"
                + text
            : Projects.Connections + "\n" + text;
        var loaded = Projects.Load(whole, null, ("syncs/a.yaml", Named("a")));

        Assert.NotEmpty(loaded.Problems);
        Assert.Null(loaded.Runnable);
        Assert.Throws<ProblemException>(loaded.Require);
    }

    [Fact]
    public void An_alert_that_is_wrong_is_left_out_and_told()
    {
        var loaded = Projects.Load(Projects.Connections
            + "\nalerts:\n  - { name: bad, url: \"${secret:url}\", on: [nothing] }\n  - { name: good, url: \"${secret:url}\" }", null,
            ("syncs/a.yaml", Named("a")));

        Assert.Single(loaded.Problems);
        Assert.Equal((["a"], ["good"]), (loaded.Runnable!.Syncs.Select(s => s.Name), loaded.Runnable.Alerts.Select(a => a.Name)), Same);
    }

    [Fact]
    public void A_broken_sync_is_known_by_name_and_says_what_is_wrong()
    {
        var project = Load(("a", Named("a")), ("Odd name (1)", "name: [")).Runnable!;

        Assert.Equal(["a", "odd-name--1"], project.Names);
        var broken = Assert.Throws<ProblemException>(() => project.Sync("odd-name--1")).Problem;
        Assert.StartsWith("syncs/Odd name (1).yaml:1:", broken.Place, StringComparison.Ordinal);
        Assert.Contains("Known syncs: a, odd-name--1.", Assert.Throws<ProblemException>(() => project.Sync("visitors")).Problem.Fix,
            StringComparison.Ordinal);
    }

    private static bool Same((IEnumerable<string>, IEnumerable<string>) a, (IEnumerable<string>, IEnumerable<string>) b) =>
        a.Item1.SequenceEqual(b.Item1) && a.Item2.SequenceEqual(b.Item2);

    private static LoadResult Load(params (string Name, string Text)[] files) =>
        Projects.Load(null, null, [.. files.Select(f => ($"syncs/{f.Name}.yaml", f.Text))]);

    private static string Named(string name, string? fields = null) =>
        Projects.Visitors.Replace("name: visitor-health", "name: " + name, StringComparison.Ordinal)
        .Replace("  plan: plan_name\n  seats: { column: seat_count, type: number }\n  loaded_by: { constant: warehouse }", fields
            ?? $"  field_of_{name}: plan_name", StringComparison.Ordinal);
}
