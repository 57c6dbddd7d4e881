using System.Text.Json.Nodes;
using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Tests.Tree;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Loading;

public sealed class SchemaTests
{
    private static readonly string Folder = Path.Combine(SourceTree.Root, "src", "PendoSync", "Loading", "schema");

    /// <summary>Set PENDOSYNC_WRITE_SCHEMA=1 to write the files anew after a change of the keys or the warehouse types.</summary>
    [Theory]
    [InlineData(DefinitionSchema.ProjectName)]
    [InlineData(DefinitionSchema.SyncName)]
    public void Committed_schema_is_the_generated_one(string name)
    {
        var generated = name == DefinitionSchema.SyncName ? DefinitionSchema.Sync() : DefinitionSchema.Project(WarehouseTypes.All);
        var path = Path.Combine(Folder, name);
        if (Environment.GetEnvironmentVariable("PENDOSYNC_WRITE_SCHEMA") == "1")
            File.WriteAllText(path, generated);

        Assert.True(File.ReadAllText(path) == generated,
            $"{name} is not current: run this test once with PENDOSYNC_WRITE_SCHEMA=1 and build again.");
    }

    [Fact]
    public void Samples_fit_the_schemas()
    {
        var project = JsonNode.Parse(DefinitionSchema.Project(Projects.Types))!;
        var sync = JsonNode.Parse(DefinitionSchema.Sync())!;

        Assert.Empty(MiniSchema.Errors(project, Json(Projects.Connections)));
        Assert.Empty(MiniSchema.Errors(project, Json(EveryKeyTests.Connections)));
        foreach (var text in new[] { Projects.Visitors, Projects.Events, EveryKeyTests.Records, EveryKeyTests.Events })
            Assert.Empty(MiniSchema.Errors(sync, Json(text)));
    }

    [Theory]
    [InlineData("object: visitor", "object: vistor")]
    [InlineData("create_fields: true", "create_field: true")]
    [InlineData("create_fields: true", "create_fields: 1")]
    [InlineData("create_fields: true", "batch_size: 0")]
    [InlineData("create_fields: true", "full_every: 24")]
    [InlineData("plan: plan_name", "2nd: plan_name")]
    [InlineData("plan: plan_name", "plan: { colum: a }")]
    [InlineData("plan: plan_name", "plan: [a]")]
    [InlineData("name: visitor-health", "name: Visitor")]
    [InlineData("key: visitor_id", "paused: false")]
    [InlineData("model: { table: analytics.visitor_health }", "model: { table: a, sql: select 1 }")]
    [InlineData("model: { table: analytics.visitor_health }", "model: { dbt: a, sql_file: b.sql }")]
    [InlineData("model: { table: analytics.visitor_health }", "model: { cursor: updated_at }")]
    [InlineData("model: { table: analytics.visitor_health }", "model: { table: a, manifest: m.json }")]
    [InlineData("model: { table: analytics.visitor_health }", "model: { table: a, lookback: 1h }")]
    [InlineData("create_fields: true", "app: web-app")]
    [InlineData("create_fields: true", "event: { name: a, visitor_id: b, timestamp: c }")]
    [InlineData("create_fields: true", "delivery: at_most_once")]
    [InlineData("behavior: update_or_create", "behavior: send")]
    [InlineData("schedule: \"0 */15 * * * *\"", "schedule: \"0 */15 * * * *\"\nevery: 15m")]
    [InlineData("schedule: \"0 */15 * * * *\"", "schedule: { cron: 0 * * * *, every: 15m }")]
    [InlineData("schedule: \"0 */15 * * * *\"", "schedule: { every: 5m }\nevery: 15m")]
    [InlineData("schedule: \"0 */15 * * * *\"", "schedule: \"*/15 * * *\"")]
    [InlineData("schedule: \"0 */15 * * * *\"", "schedule: \"0 0 24 * * *\"")]
    [InlineData("schedule: \"0 */15 * * * *\"", "schedule: \"0 0 6 * * FUN\"")]
    [InlineData("schedule: \"0 */15 * * * *\"", "schedule: hourly")]
    public void Mistakes_do_not_fit_the_schema(string find, string replacement)
    {
        var sync = JsonNode.Parse(DefinitionSchema.Sync())!;

        Assert.NotEmpty(MiniSchema.Errors(sync, Json(Projects.Visitors.Replace(find, replacement, StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("object: track_event", "object: visitor")]
    [InlineData("behavior: send", "behavior: update_only")]
    [InlineData("app: web-app", "group: custom")]
    [InlineData("app: web-app", "app: web-app\ncreate_fields: true")]
    [InlineData("app: web-app", "paused: true")]
    public void Mistakes_of_events_do_not_fit_the_schema(string find, string replacement)
    {
        var wrong = Projects.Events.Replace(find, replacement, StringComparison.Ordinal);
        Assert.NotEqual(Projects.Events, wrong);

        Assert.NotEmpty(MiniSchema.Errors(JsonNode.Parse(DefinitionSchema.Sync())!, Json(wrong)));
    }

    [Theory]
    [InlineData("schedule: { after: [accounts] }\nevery: 15m")]
    [InlineData("schedule: none")]
    [InlineData("schedule: { cron: 0 6 * * MON-FRI, after: [accounts] }")]
    [InlineData("schedule: ${env:CRON}")]
    [InlineData("every: ${env:EVERY}")]
    public void What_the_loader_takes_fits_the_schema(string schedule)
    {
        var yaml = Projects.Visitors.Replace("schedule: \"0 */15 * * * *\"", schedule, StringComparison.Ordinal);

        Assert.Empty(MiniSchema.Errors(JsonNode.Parse(DefinitionSchema.Sync())!, Json(yaml, verbatim: true)));
    }

    [Fact]
    public void Cron_lines_that_the_loader_takes_fit_the_form_and_words_that_are_none_do_not()
    {
        var lines = File.ReadLines(Path.Combine(SourceTree.Root, "tests", "PendoSync.Tests", "Readings", "cron.jsonl"))
            .Select(line => (string)JsonNode.Parse(line)!["text"]!).ToList();
        var taken = lines.Where(l => CronLine.Parse(l, out _) is not null).ToList();

        Assert.InRange(taken.Count, 20, lines.Count);
        Assert.All(taken, line => Assert.Matches(CronLine.Pattern, line));
        Assert.All(["", "* * * *", "60 * * * *", "0 0 0 32 1 *", "a b c d e", "@daily", "0 0 6 ? * MON"],
            line => Assert.DoesNotMatch(CronLine.Pattern, line));
    }

    [Fact]
    public void Every_word_has_a_text()
    {
        var without = WordsOf(SyncKeys.Root).Concat(WordsOf(ProjectKeys.Root))
            .Concat(WarehouseTypes.All.SelectMany(t => ProjectKeys.Of(t, WarehouseTypes.All)).Where(k => k.Name != "type")
                .SelectMany(WordsOf))
            .Where(w => WordTexts.Of(w.Key, w.Word) is null);

        Assert.Empty(without);
    }

    private static IEnumerable<(string Key, string Word)> WordsOf(KeySpec spec) =>
        spec.Values.Select(v => (spec.Name, v)).Concat(spec.Keys.Append(spec.Item).OfType<KeySpec>().SelectMany(WordsOf));

    [Fact]
    public void True_as_YAML_reads_it_is_the_word_true()
    {
        var project = JsonNode.Parse(DefinitionSchema.Project(WarehouseTypes.All))!;
        var yaml = Projects.Connections.Replace("{ type: database, host: db.example.com, password: \"${secret:warehouse-password}\" }",
            "{ type: sqlserver, host: h, database: d, auth: entra, encrypt: true }", StringComparison.Ordinal)
            .Replace("{ type: sheet, file: numbers.csv }", "{ type: sqlite, file: w.db }", StringComparison.Ordinal);

        Assert.Empty(MiniSchema.Errors(project, Json(yaml)));
    }

    [Theory]
    [InlineData("${secret:pendo-integration-key}", "clear")]
    [InlineData("region: us", "region: usa")]
    [InlineData("host: db", "hots: db")]
    [InlineData("type: database", "type: sheet")]
    public void Mistakes_do_not_fit_the_schema_of_the_project(string find, string replacement)
    {
        var project = JsonNode.Parse(DefinitionSchema.Project(Projects.Types))!;

        Assert.NotEmpty(MiniSchema.Errors(project, Json(Projects.Connections.Replace(find, replacement, StringComparison.Ordinal))));
    }

    [Fact]
    public void Every_warehouse_type_is_in_the_published_schema()
    {
        var schema = DefinitionSchema.Published(DefinitionSchema.ProjectName);

        Assert.All(WarehouseTypes.All, type => Assert.Contains($"\"const\": \"{type.Name}\"", schema, StringComparison.Ordinal));
    }

    private static JsonNode? Json(string yaml, bool verbatim = false) => JsonOf(YamlReader.Read(yaml, new FileProblems("test", []),
        new EnvironmentReferences(verbatim ? new Dictionary<string, string?> { ["CRON"] = "${env:CRON}", ["EVERY"] = "${env:EVERY}" }
            : Projects.NoVariables))!);

    private static JsonNode? JsonOf(YamlNode node) => node switch
    {
        YamlMap map => new JsonObject(map.Entries.Select(e => KeyValuePair.Create(e.Key.Raw, JsonOf(e.Value)))),
        YamlList list => new JsonArray([.. list.Items.Select(JsonOf)]),
        YamlScalar scalar => scalar.Value switch
        {
            null => null,
            bool flag => flag,
            long whole => whole,
            decimal exact => exact,
            double number => number,
            var text => (string)text,
        },
        _ => throw new NotSupportedException(),
    };
}
