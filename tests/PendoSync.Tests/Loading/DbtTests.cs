namespace PendoSync.Tests.Loading;

public sealed class DbtTests
{
    // A map of lists since v4, a list before.
    private const string Disabled = """
        [{ "resource_type": "model", "name": "off", "package_name": "shop", "unique_id": "model.shop.off", "config": { "enabled": false } }]
        """;

    private static readonly string Manifest = Text.Replace("%%DISABLED%%", "{ \"model.shop.off\": " + Disabled + " }",
        StringComparison.Ordinal);

    private const string Text = """
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
            "test.shop.unique_health": { "resource_type": "test", "name": "unique_health", "package_name": "shop" },
            "snapshot.shop.accounts_history": { "resource_type": "snapshot", "name": "accounts_history", "package_name": "shop",
                "database": "prod", "schema": "history", "alias": "accounts_history", "config": { "materialized": "snapshot" } },
            "seed.shop.countries": { "resource_type": "seed", "name": "countries", "package_name": "shop",
                "relation_name": "`prod`.`marts`.`countries`" },
            "model.shop.odd_names": { "resource_type": "model", "name": "odd_names", "package_name": "shop", "database": null,
                "schema": "Odd Part", "alias": "v1.0" },
            "model.shop.orders": { "resource_type": "model", "name": "orders", "package_name": "shop", "schema": "m", "alias": "orders" },
            "model.shop.switched": { "resource_type": "model", "name": "switched", "package_name": "shop", "schema": "m",
                "config": { "enabled": false } },
            "odd": 5
          },
          "sources": {
            "source.shop.raw.orders": { "resource_type": "source", "source_name": "raw", "name": "orders", "package_name": "shop",
                "database": "prod", "schema": "landing", "identifier": "ORDERS_2024", "relation_name": "prod.landing.ORDERS_2024" },
            "source.shop.raw.clicks": { "resource_type": "source", "source_name": "raw", "name": "clicks", "package_name": "shop",
                "database": "prod", "schema": "landing", "identifier": "clicks" }
          },
          "disabled": %%DISABLED%%
        }
        """;

    [Theory]
    [InlineData("health", "\"prod\".\"marts\".\"health\"")]
    [InlineData("shop.health", "\"prod\".\"marts\".\"health\"")]
    [InlineData("plain", "prod.marts.plain_v")]
    [InlineData("other.same", "b.same")]
    [InlineData("seats", "m.seats_v2")]
    [InlineData("seats.v1", "m.seats_v1")]
    [InlineData("seats_v1", "m.seats_v1")]
    [InlineData("shop.seats.v1", "m.seats_v1")]
    [InlineData("model.shop.seats.v1", "m.seats_v1")]
    [InlineData("model.other.same", "b.same")]
    [InlineData("accounts_history", "prod.history.accounts_history")]
    [InlineData("snapshot.shop.accounts_history", "prod.history.accounts_history")]
    [InlineData("countries", "`prod`.`marts`.`countries`")]
    [InlineData("shop.countries", "`prod`.`marts`.`countries`")]
    [InlineData("raw.orders", "prod.landing.ORDERS_2024")]
    [InlineData("shop.raw.orders", "prod.landing.ORDERS_2024")]
    [InlineData("source.shop.raw.orders", "prod.landing.ORDERS_2024")]
    [InlineData("orders", "m.orders")]
    [InlineData("shop.orders", "m.orders")]
    [InlineData("clicks", "prod.landing.clicks")]
    [InlineData("odd_names", "\"Odd Part\".\"v1.0\"")]
    public void Model_becomes_its_table(string name, string table)
    {
        var result = Load($"{{ dbt: {name}, cursor: updated_at }}", ("target/manifest.json", Manifest));

        Assert.Empty(result.Problems);
        Assert.Equal((table, "updated_at"), (result.Project!.Syncs[0].Model.Table, result.Project.Syncs[0].Model.Cursor));
    }

    [Fact]
    public void Manifest_of_each_format_tells_what_is_disabled()
    {
        foreach (var disabled in new[] { Disabled, "{ \"model.shop.off\": " + Disabled + " }" })
            Assert.Contains("is disabled", Assert.Single(Load("{ dbt: off }", ("target/manifest.json",
                Text.Replace("%%DISABLED%%", disabled, StringComparison.Ordinal))).Problems).Message, StringComparison.Ordinal);
        Assert.Contains("has no model", Assert.Single(Load("{ dbt: off }", ("target/manifest.json",
            Text.Replace("%%DISABLED%%", "null", StringComparison.Ordinal))).Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../dbt", "name: shop\ntarget-path: build/out\nmodels:\n  +materialized: view", "../dbt/build/out/manifest.json")]
    [InlineData("../dbt", "name: shop", "../dbt/target/manifest.json")]
    [InlineData("../dbt/", "name: shop\ntarget-path: \"target\"", "../dbt/target/manifest.json")]
    [InlineData(null, "target-path: out", "out/manifest.json")]
    public void Project_folder_says_where_its_manifest_is(string? folder, string project, string manifest)
    {
        var result = Load(folder is null ? "{ dbt: health }" : $"{{ dbt: health, manifest: {folder} }}",
            (folder is null ? "dbt_project.yml" : folder.TrimEnd('/') + "/dbt_project.yml", project), (manifest, Manifest));

        Assert.Empty(result.Problems);
        Assert.Equal("\"prod\".\"marts\".\"health\"", result.Project!.Syncs[0].Model.Table);
    }

    [Theory]
    [InlineData("../dbt/README.md", "", "it is a folder without dbt_project.yml")]
    [InlineData("../dbt/dbt_project.yml", "target-path: \"{{ env_var('OUT') }}\"", "target-path in ../dbt/dbt_project.yml:1 is a template")]
    [InlineData("../dbt/dbt_project.yml", "name: [", "../dbt/dbt_project.yml:1")]
    [InlineData("../dbt/dbt_project.yml", "name: shop", "'../dbt/target/manifest.json' is of no use: there is no such file")]
    public void Project_folder_that_does_not_say_is_a_problem(string file, string text, string message) =>
        Assert.Contains(message, Assert.Single(Load("{ dbt: health, manifest: ../dbt }", (file, text)).Problems).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Manifest_may_be_anywhere()
    {
        Assert.Empty(Load("{ dbt: health, manifest: ../dbt/target/manifest.json }",
            ("../dbt/target/manifest.json", "\uFEFF" + Manifest)).Problems);
    }

    [Theory]
    [InlineData("helth", "has no model, snapshot, seed or source 'helth'", "Did you mean 'health'?")]
    [InlineData("nothing_like_it", "seed or source 'nothing_like_it'", "Known: accounts_history, countries, health")]
    [InlineData("unique_health", "'unique_health' is of dbt's type test", "model, snapshot")]
    [InlineData("same", "has 2 things named 'same'", "model.shop.same, model.other.same")]
    [InlineData("off", "the dbt model 'off' is disabled", "Enable it")]
    [InlineData("shop.off", "the dbt model 'shop.off' is disabled", "Enable it")]
    [InlineData("model.shop.off", "is disabled", "Enable it")]
    [InlineData("switched", "the dbt model 'switched' is disabled", "Enable it")]
    [InlineData("seats.v3", "has no model, snapshot", "Did you mean 'seats")]
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

    [Theory]
    [InlineData("../secrets.sql")]
    [InlineData("/etc/passwd")]
    [InlineData("q/../../secrets.sql")]
    [InlineData("q/link.sql")]
    public void Query_file_lies_in_the_project_and_a_manifest_may_lie_outside(string path)
    {
        using var folder = new Worlds.TemporaryFolder();
        var project = folder.File("project");
        Directory.CreateDirectory(Path.Combine(project, "syncs"));
        Directory.CreateDirectory(Path.Combine(project, "q"));
        File.WriteAllText(folder.File("secrets.sql"), "planted");
        File.CreateSymbolicLink(Path.Combine(project, "q/link.sql"), "../../secrets.sql");
        File.WriteAllText(folder.File("manifest.json"), Manifest);
        File.WriteAllText(Path.Combine(project, "pendosync.yaml"), Projects.Connections);
        Write($"{{ sql_file: {path} }}");

        var problem = Assert.Single(LoadFolder().Problems);
        Assert.Equal($"'{path}' is not in the project", problem.Message);

        Write("{ dbt: health, manifest: ../manifest.json }");
        Assert.Empty(LoadFolder().Problems);

        void Write(string model) => File.WriteAllText(Path.Combine(project, "syncs/a.yaml"),
            Projects.Visitors.Replace("{ table: analytics.visitor_health }", model, StringComparison.Ordinal));

        PendoSync.Definitions.LoadResult LoadFolder() =>
            PendoSync.Loading.ProjectLoader.Load(project, Projects.NoVariables, Projects.Types);
    }

    private static PendoSync.Definitions.LoadResult Load(string model, params (string, string)[] files) =>
        Projects.Load(null, null,
            [("syncs/a.yaml", Projects.Visitors.Replace("{ table: analytics.visitor_health }", model, StringComparison.Ordinal)),
            .. files]);
}
