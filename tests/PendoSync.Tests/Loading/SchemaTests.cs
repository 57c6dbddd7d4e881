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
    public void Mistakes_do_not_fit_the_schema(string find, string replacement)
    {
        var sync = JsonNode.Parse(DefinitionSchema.Sync())!;

        Assert.NotEmpty(MiniSchema.Errors(sync, Json(Projects.Visitors.Replace(find, replacement, StringComparison.Ordinal))));
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

    private static JsonNode? Json(string yaml) =>
        JsonOf(YamlReader.Read(yaml, new FileProblems("test", []), new EnvironmentReferences(Projects.NoVariables))!);

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
