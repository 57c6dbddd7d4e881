namespace PendoSync.Tests.Loading;

public sealed class DbtTests
{
    private const string Manifest = """
        {
          "metadata": { "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json" },
          "nodes": {
            "model.shop.health": { "resource_type": "model", "name": "health",
                "package_name": "shop", "relation_name": "\"prod\".\"marts\".\"health\"", "config": { "materialized": "table" } },
            "model.shop.plain": { "resource_type": "model", "name": "plain",
                "package_name": "shop", "relation_name": null, "database": "prod", "schema": "marts", "alias": "plain_v", "config": {} },
            "model.shop.same": { "resource_type": "model", "name": "same", "package_name": "shop", "schema": "a", "alias": "same" },
            "model.other.same": { "resource_type": "model", "name": "same", "package_name": "other", "schema": "b", "alias": "same" },
            "model.shop.seats.v1": { "resource_type": "model", "name": "seats",
                "package_name": "shop", "version": 1, "latest_version": 2, "schema": "m", "alias": "seats_v1" },
            "model.shop.seats.v2": { "resource_type": "model", "name": "seats",
                "package_name": "shop", "version": 2, "latest_version": 2, "schema": "m", "alias": "seats_v2" },
            "model.shop.inner": { "resource_type": "model", "name": "inner",
                "package_name": "shop", "relation_name": null, "config": { "materialized": "ephemeral" } },
            "test.shop.unique_health": { "resource_type": "test", "name": "unique_health" },
            "odd": 5
          }
        }
        """;

    [Theory]
    [InlineData("health", "\"prod\".\"marts\".\"health\"")]
    [InlineData("shop.health", "\"prod\".\"marts\".\"health\"")]
    [InlineData("plain", "prod.marts.plain_v")]
    [InlineData("other.same", "b.same")]
    [InlineData("seats", "m.seats_v2")]
    [InlineData("seats.v1", "m.seats_v1")]
    public void Model_becomes_its_table(string name, string table)
    {
        var result = Load($"{{ dbt: {name}, cursor: updated_at }}", ("target/manifest.json", Manifest));

        Assert.Empty(result.Problems);
        Assert.Equal((table, "updated_at"), (result.Project!.Syncs[0].Model.Table, result.Project.Syncs[0].Model.Cursor));
    }

    [Fact]
    public void Manifest_may_be_anywhere()
    {
        Assert.Empty(Load("{ dbt: health, manifest: ../dbt/target/manifest.json }",
            ("../dbt/target/manifest.json", "\uFEFF" + Manifest)).Problems);
    }

    [Theory]
    [InlineData("helth", "has no model 'helth'", "Did you mean 'health'?")]
    [InlineData("unique_health", "has no model 'unique_health'", "Known: health, inner")]
    [InlineData("same", "has 2 models 'same'", "shop.same, other.same")]
    [InlineData("inner", "is ephemeral", "view or a table")]
    public void Model_that_is_not_there_is_a_problem(string name, string message, string fix)
    {
        var problem = Assert.Single(Load($"{{ dbt: {name} }}", ("target/manifest.json", Manifest)).Problems);

        Assert.Equal((3, 10), (problem.Line, problem.Column));
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.Contains(fix, problem.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "there is no such file")]
    [InlineData("{\n \"nodes\": {,} }", "it is not valid JSON at line 2, byte 12")]
    [InlineData("[]", "it has no 'nodes'")]
    [InlineData("{ \"nodes\": [] }", "it has no 'nodes'")]
    [InlineData("", "it is not valid JSON")]
    public void Broken_manifest_is_a_problem_with_its_place(string? manifest, string message)
    {
        var problem = Assert.Single(Load("{ dbt: health }", manifest is null ? [] : [("target/manifest.json", manifest)]).Problems);

        Assert.Contains("'target/manifest.json' is of no use: " + message, problem.Message, StringComparison.Ordinal);
        Assert.Contains("dbt parse", problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Query_file_is_read_without_its_semicolons()
    {
        var result = Load("{ sql_file: q/health.sql }", ("q/health.sql", "\uFEFFSELECT 1 AS x -- ';'\n ; ;\n"));

        Assert.Empty(result.Problems);
        Assert.Equal("SELECT 1 AS x -- ';'", result.Project!.Syncs[0].Model.Sql);
    }

    private static PendoSync.Definitions.LoadResult Load(string model, params (string, string)[] files) =>
        Projects.Load(null, null,
            [("syncs/a.yaml", Projects.Visitors.Replace("{ table: analytics.visitor_health }", model, StringComparison.Ordinal)),
            .. files]);
}
