using PendoSync.Warehouses;

namespace PendoSync.Tests.Loading;

public sealed class BadProjectTests
{
    private const string Key = "integration_key: ${secret:pendo-integration-key}";
    private const string Production = "  production:\n    region: us\n    " + Key
        + "\n    track_event_secrets: { web-app: \"${secret:pendo-track-web-app}\" }\n";
    private const string Warehouse = "{ type: database, host: db.example.com, password: \"${secret:warehouse-password}\" }";

    [Theory]
    [InlineData("version: 1", "version: 2", 1, 10, "'version' takes a whole number from 1 to 1; found '2'", null)]
    [InlineData("region: us", "region: usa", 4, 13, "one of us, us1, eu, jpn, au; found 'usa'", "Did you mean 'us'?")]
    [InlineData("region: us", "api_url: https://x.example", 3, 3, "'data_url' is missing", "go together")]
    [InlineData("region: us", "max_calls_per_second: 5", 3, 3, "the key 'region' is missing", "us, us1, eu, jpn, au")]
    [InlineData("region: us", "region: us\n    api_url: https://x.example\n    data_url: https://y.example", 4, 5,
        "both a region and addresses", null)]
    [InlineData("region: us", "api_url: https://me:pw@x.example\n    data_url: https://y.example", 4, 14,
        "'api_url' takes an http or https address", null)]
    [InlineData("region: us", "api_url: http://x.example\n    data_url: https://y.example", 4, 5,
        "the keys would travel to 'api_url' over http", "allow_http: true")]
    [InlineData("region: us", "api_url: https://x.example\n    data_url: http://y.example\n    allow_http: false", 5, 5,
        "the keys would travel to 'data_url' over http", "https://")]
    [InlineData("region: us", "region: us\n    max_calls_per_second: 0", 5, 27,
        "'max_calls_per_second' takes a number from 0.01 to 1000000; found '0'", null)]
    [InlineData("web-app:", "\"a/b\":", 6, 28, "'a/b' cannot be a name here", null)]
    [InlineData("host: db.example.com, ", "", 8, 3, "the key 'host' is missing", "Add 'host:'")]
    [InlineData("host: db", "hots: x, host: db", 8, 32, "unknown key 'hots'", "Did you mean 'host'?")]
    [InlineData("type: database", "type: databse", 8, 22, "'type' takes one of database, sheet; found 'databse'",
        "Did you mean 'database'?")]
    [InlineData("type: database, ", "", 8, 3, "the key 'type' is missing", "one of database, sheet")]
    [InlineData("host: db.example.com", "host: db.example.com, port: abc", 8, 60, "'port' takes a whole number; found 'abc'", null)]
    [InlineData("host: db.example.com", "host: db.example.com, port: '5432'", 8, 60, "'port' takes a whole number; found '5432'",
        "without quotes")]
    [InlineData("host: db.example.com", "host: db.example.com, encrypt: maybe", 8, 63, "'encrypt' takes true or false", null)]
    [InlineData("host: db.example.com", "host: db.example.com, auth: entrra", 8, 60, "one of password, entra; found 'entrra'",
        "Did you mean 'entra'?")]
    [InlineData("host: db.example.com", "host: db.example.com, time_zone: Nowhere", 8, 65, "IANA", null)]
    [InlineData(", password: \"${secret:warehouse-password}\"", "", 8, 3, "warehouse 'analytics': auth password needs 'password'", null)]
    [InlineData("host: db.example.com", "host: ", 8, 38, "'host' has no value", null)]
    public void Is_reported_once_at_its_place(string find, string replacement, int line, int column, string message, string? fix)
    {
        var problem = Assert.Single(Projects.Load(Projects.Connections.Replace(find, replacement, StringComparison.Ordinal)).Problems);

        Assert.Equal(("pendosync.yaml", line, column), (problem.File, problem.Line, problem.Column));
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        if (fix is not null)
            Assert.Contains(fix, problem.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Key, "integration_key: hunter2-0123.us")]
    [InlineData(Key, "integration_key: \"${env:HUNTER}\"")]
    [InlineData(Key, "integration_key: [hunter2]")]
    [InlineData(Key, "integration_key: \"x-${secret:a}-hunter2\"")]
    [InlineData("\"${secret:pendo-track-web-app}\"", "hunter2")]
    [InlineData("password: \"${secret:warehouse-password}\"", "password: hunter2")]
    [InlineData("password: \"${secret:warehouse-password}\"", "password: 'hunter2 ${secret:x y}'")]
    [InlineData("host: db.example.com", "host: \"https://u:hunter2@db.example.com\"")]
    [InlineData("warehouses:", "alerts: [{ name: a, url: \"https://hooks.slack.com/services/hunter2\" }]\nwarehouses:")]
    [InlineData("warehouses:", "alerts: [{ name: a, url: \"https://x.example/?token=hunter2\" }]\nwarehouses:")]
    [InlineData("warehouses:", "alerts: [{ name: a, url: \"https://x.example/hook/hunter2hunter2hunter2\" }]\nwarehouses:")]
    [InlineData("warehouses:", "alerts: [{ name: a, url: \"${secret:u}\", secret: whsec_hunter2 }]\nwarehouses:")]
    [InlineData("region: us", "api_url: \"https://me:hunter2@x.example\"\n    data_url: https://y.example")]
    [InlineData("region: us", "api_url: https://x.example\n    data_url: \"https://y.example/?key=hunter2\"")]
    [InlineData("{ web-app: \"${secret:pendo-track-web-app}\" }", "hunter2")]
    [InlineData("{ web-app: \"${secret:pendo-track-web-app}\" }", "[hunter2]")]
    [InlineData("analytics: " + Warehouse, "analytics: \"postgres://me:hunter2@db.example.com/analytics\"")]
    [InlineData("warehouses:", "alerts: \"https://x.example/?token=hunter2\"\nwarehouses:")]
    [InlineData("warehouses:", "alerts: [\"https://x.example/?token=hunter2\"]\nwarehouses:")]
    [InlineData(Production, "  production: hunter2\n")]
    public void Clear_text_secret_is_refused_and_not_repeated(string find, string replacement)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal) { ["HUNTER"] = "hunter2" };
        var problem =
            Assert.Single(Projects.Load(Projects.Connections.Replace(find, replacement, StringComparison.Ordinal), variables).Problems);

        Assert.DoesNotContain("hunter2", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_project_is_one_problem_that_names_init()
    {
        var folder = Directory.CreateTempSubdirectory("pendosync-test-");
        try
        {
            var problem =
                Assert.Single(PendoSync.Loading.ProjectLoader.Load(folder.FullName, Projects.NoVariables, WarehouseTypes.All).Problems);

            Assert.Equal(("pendosync.yaml", 1, 1), (problem.File, problem.Line, problem.Column));
            Assert.Contains("pendosync init", problem.Fix, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Problems_of_all_files_come_at_once_in_order()
    {
        var bad = Projects.Visitors.Replace("object: visitor", "object: vistor", StringComparison.Ordinal)
            .Replace("key: visitor_id", "kye: visitor_id", StringComparison.Ordinal);
        var result = Projects.Load(Projects.Connections.Replace("region: us", "region: usa", StringComparison.Ordinal), null,
            ("syncs/b.yaml", "name: ["), ("syncs/a.yaml", bad));

        Assert.Equal(
            ["pendosync.yaml:4", "syncs/a.yaml:5", "syncs/a.yaml:7", "syncs/b.yaml:1"],
            result.Problems.Select(p => $"{p.File}:{p.Line}"));
        var thrown = Assert.Throws<ProblemException>(() => result.Require().Sync("visitor-health"));
        Assert.Equal((ProblemKind.Configuration, "syncs/a.yaml:5:9"), (thrown.Problem.Kind, thrown.Problem.Place));
        Assert.EndsWith("(and 2 more: see pendosync validate)", thrown.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_connections_file_does_not_make_its_names_unknown()
    {
        var result = Projects.Load("pendo: {", null, ("syncs/a.yaml", Projects.Visitors));

        Assert.Equal("pendosync.yaml", Assert.Single(result.Problems).File);
    }

    [Fact]
    public void Two_alerts_of_one_name_and_unknown_syncs_are_problems()
    {
        var alerts = "\nalerts:\n  - { name: team, url: \"${secret:u}\", syncs: [visitor-helth] }\n  - { name: team, url: "
            + "\"${secret:u}\", on: [run_fialed] }\n";
        var problems = Projects.Load(Projects.Connections + alerts, null, ("syncs/a.yaml", Projects.Visitors)).Problems;

        Assert.Collection(problems,
            p => Assert.Equal((11, "Did you mean 'visitor-health'?"), (p.Line, p.Fix)),
            p => Assert.Equal((12, "there are two alerts named 'team'"), (p.Line, p.Message)),
            p => Assert.Equal((12, "Did you mean 'run_failed'?"), (p.Line, p.Fix)));
    }
}
