using PendoSync.Definitions;

namespace PendoSync.Tests.Loading;

/// <summary>Rules that only several syncs together can break.</summary>
public sealed class BetweenSyncsTests
{
    private static readonly string Second = Projects.Visitors.Replace("name: visitor-health", "name: second", StringComparison.Ordinal)
        .Replace("  seats: { column: seat_count, type: number }\n  loaded_by: { constant: warehouse }\n", "", StringComparison.Ordinal)
        .Replace("plan: plan_name", "Plan: tier", StringComparison.Ordinal);

    [Fact]
    public void Two_syncs_that_write_one_field_are_refused()
    {
        var problem = Assert.Single(Both(Projects.Visitors, Second).Problems);

        Assert.Equal(("syncs/b.yaml", 9, 3), (problem.File, problem.Line, problem.Column));
        Assert.Equal("the field 'Plan' is written by the sync 'visitor-health' too (syncs/a.yaml:9)", problem.Message);
        Assert.Contains("shared: true", problem.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true, 0)]
    [InlineData(true, false, 1)]
    [InlineData(false, true, 1)]
    public void Field_is_shared_only_when_both_say_so(bool first, bool second, int problems)
    {
        var result = Both(
            first ? Projects.Visitors.Replace("plan: plan_name", "plan: { column: plan_name, shared: true }", StringComparison.Ordinal)
                : Projects.Visitors,
            second ? Second.Replace("Plan: tier", "Plan: { column: tier, shared: true }", StringComparison.Ordinal) : Second);

        Assert.Equal(problems, result.Problems.Count);
    }

    [Theory]
    [InlineData("object: visitor", "object: account")]
    [InlineData("create_fields: true", "group: agent")]
    [InlineData("pendo: production", "pendo: staging")]
    public void Same_name_elsewhere_is_another_field(string find, string replacement)
    {
        var connections = Projects.Connections.Replace("warehouses:",
            "  staging: { region: eu, integration_key: \"${secret:staging}\" }\nwarehouses:", StringComparison.Ordinal);

        Assert.Empty(Projects.Load(connections, null, ("syncs/a.yaml", Projects.Visitors),
            ("syncs/b.yaml", Second.Replace(find, replacement, StringComparison.Ordinal))).Problems);
    }

    [Fact]
    public void Columns_of_a_star_are_checked_when_they_are_known()
    {
        var project = Both(Projects.Visitors, Second.Replace("Plan: tier", "\"*\": true", StringComparison.Ordinal)).Project!;
        var star = project.Sync("second");

        Assert.Empty(FieldOwners.Conflicts(star, ["color"], project.Syncs));
        var conflict = Assert.Single(FieldOwners.Conflicts(star, ["color", "SEATS"], project.Syncs));
        Assert.Equal(("SEATS", "visitor-health"), (conflict.Field, conflict.Other.Name));
    }

    [Theory]
    [InlineData("\"*\": true", 1)]
    [InlineData("\"*\": { exclude: [Color] }", 0)]
    [InlineData("\"*\": { exclude: [colour] }", 1)]
    [InlineData("\"*\": true\n  tint: COLOR", 0)]
    public void Columns_of_another_star_are_those_of_its_last_plan_that_it_still_takes(string fields, int conflicts)
    {
        var third = Second.Replace("name: second", "name: third", StringComparison.Ordinal)
            .Replace("Plan: tier", fields, StringComparison.Ordinal);
        var project = Both(Second.Replace("Plan: tier", "\"*\": true", StringComparison.Ordinal), third).Project!;

        Assert.Equal(conflicts, FieldOwners.Conflicts(project.Sync("second"), ["color"], project.Syncs,
            new Dictionary<string, IReadOnlyList<string>> { ["third"] = ["COLOR"] }).Count);
        Assert.Empty(FieldOwners.Conflicts(project.Sync("second"), ["color"], project.Syncs));
    }

    [Fact]
    public void Two_syncs_of_one_name_are_refused()
    {
        var problem =
            Assert.Single(Both(Projects.Visitors,
            Projects.Events.Replace("name: invoices-paid", "name: visitor-health", StringComparison.Ordinal)).Problems);

        Assert.Equal(("syncs/b.yaml", 1, 1, "there are two syncs named 'visitor-health'"),
            (problem.File, problem.Line, problem.Column, problem.Message));
        Assert.Contains("syncs/a.yaml:1", problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Circle_of_syncs_is_reported_once()
    {
        var problem = Assert.Single(Chain(("a", "c"), ("b", "a"), ("c", "b"), ("d", "a")).Problems);

        Assert.Equal("syncs wait for each other: a after c after b after a", problem.Message);
    }

    [Fact]
    public void Long_chain_is_fine()
    {
        var chain = Enumerable.Range(0, 400).Select(i => ($"s{i}", i == 0 ? "" : $"s{i - 1}")).ToArray();

        Assert.Empty(Chain(chain).Problems);
    }

    private static LoadResult Both(string first, string second) =>
        Projects.Load(null, null, ("syncs/a.yaml", first), ("syncs/b.yaml", second));

    private static LoadResult Chain(params (string Name, string After)[] syncs) =>
        Projects.Load(null, null, [.. syncs.Select(s => ($"syncs/{s.Name}.yaml",
            Projects.Events.Replace("name: invoices-paid", "name: " + s.Name, StringComparison.Ordinal) + $"\nafter: [{s.After}]"))]);
}
