using System.Text.Json.Nodes;

namespace PendoFunctions.Tests.Infrastructure;

/// <summary>Parts of one resource that Azure refuses to write at the same time wait for each other in the compiled template.</summary>
public sealed class WriteOrderTests
{
    // What answers 409 ("another operation is in progress") while a part of it is being written.
    private static readonly string[] OneAtATime = ["Microsoft.Storage/storageAccounts/", "Microsoft.ServiceBus/namespaces/",
        "Microsoft.Web/sites/", "Microsoft.Network/privateEndpoints"];

    private static readonly (string File, string Text, string Replacement)[] Chains =
    [
        ("modules/queues.bicep", "  @batchSize(1)\n", ""),
        ("modules/storage.bicep", "    dependsOn: [blobs::deployments]\n", ""),
        ("modules/storage.bicep", "    @batchSize(1)\n", ""),
        ("modules/app.bicep", "    dependsOn: [scmPasswords]\n", ""),
        ("modules/private-endpoints.bicep", "@batchSize(1)\n", ""),
    ];

    [BicepFact]
    public async Task No_two_parts_of_one_resource_are_written_at_the_same_time()
    {
        var templates = Nested(await BicepCompiler.BuiltAsync()).ToList();

        Assert.Empty(templates.SelectMany(Parallel));
        Assert.True(templates.SelectMany(Parts).Count() >= 9, "the rule looks at hardly anything; have the types changed?");
    }

    [BicepFact]
    public async Task Without_the_chains_each_of_them_is_missed()
    {
        using var folder = BicepCompiler.CopyWith(Chains);

        var found = Nested(await BicepCompiler.BuildAsync(folder.Path)).SelectMany(Parallel).ToList();

        Assert.Contains("namespace::queues is written in parallel with itself", found);
        Assert.Contains("account::blobs and account::tables are written at the same time", found);
        Assert.Contains("account::tables::state is written in parallel with itself", found);
        Assert.Contains("app::scmPasswords and app::appSettings are written at the same time", found);
        Assert.Contains("privateEndpoints is written in parallel with itself", found);
    }

    private static IEnumerable<JsonObject> Nested(JsonObject template) =>
        Resources(template).Select(r => r.Value!["properties"]).OfType<JsonObject>().Select(p => p["template"]).OfType<JsonObject>()
            .SelectMany(Nested).Prepend(template);

    private static JsonObject Resources(JsonObject template) => template["resources"]!.AsObject();

    private static IEnumerable<(string Name, string Root, JsonNode Resource)> Parts(JsonObject template) =>
        from resource in Resources(template)
        where resource.Value!["existing"] is null
        let type = (string)resource.Value["type"]!
        let root = OneAtATime.FirstOrDefault(prefix => prefix == type
            || (prefix.EndsWith('/') && type.StartsWith(prefix, StringComparison.Ordinal)))
        where root is not null
        select (resource.Key, root, resource.Value);

    private static IEnumerable<string> Parallel(JsonObject template)
    {
        var parts = Parts(template).ToList();
        foreach (var part in parts.Where(p => p.Resource["copy"] is { } copy
            && ((string?)copy["mode"], (int?)copy["batchSize"]) != ("serial", 1)))
            yield return $"{part.Name} is written in parallel with itself";
        foreach (var (one, other) in parts.SelectMany((one, i) => parts.Skip(i + 1).Select(other => (one, other))))
            if (one.Root == other.Root && !Waits(template, one.Name, other.Name) && !Waits(template, other.Name, one.Name))
                yield return $"{one.Name} and {other.Name} are written at the same time";
    }

    private static bool Waits(JsonObject template, string name, string other) =>
        Resources(template)[name]?["dependsOn"]?.AsArray().Any(d => (string)d! == other || Waits(template, (string)d!, other)) == true;
}
