using System.Text.Json;
using System.Text.Json.Nodes;
using PendoSync.Definitions;
using PendoSync.Loading;

namespace PendoSync.Tests.Loading;

/// <summary>Drawn dbt projects in the forms of all manifests: a thing is found by each of its names, or what keeps it is said.</summary>
public sealed class DbtNamesTests
{
    private static readonly string[] Packages = ["shop", "other"];
    private static readonly string[] Names = ["orders", "users", "v1", "raw"];
    private static readonly string[] Types = ["model", "seed", "snapshot", "source"];

    [Fact]
    public void Everything_is_found_by_its_names_and_never_something_else()
    {
        var random = new Random(17);
        var (found, refused) = (0, 0);
        for (var round = 0; round < 2000; round++)
        {
            var things = Enumerable.Range(0, random.Next(1, 7)).Select(i => Thing.Drawn(random, i)).DistinctBy(t => t.Id).ToList();
            var manifest = DbtManifest.Read(new MemoryFiles(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["target/manifest.json"] = Manifest(things, random),
            }), "target/manifest.json");
            foreach (var name in things.SelectMany(t => t.Names).Distinct(StringComparer.Ordinal))
            {
                var problems = new List<DefinitionProblem>();
                var table = manifest.Find(name, new Place(3, 9), new FileProblems("a.yaml", problems));
                var meant = things.Where(t => t.Names.Contains(name, StringComparer.Ordinal)).ToList();
                var usable = meant.Where(t => t is { Enabled: true, Ephemeral: false }).ToList();
                if (table is not null)
                    Assert.Contains(usable, t => t.Table == table);
                else
                    Assert.True(problems.Count == 1 && (meant.Count > 1 || usable.Count == 0), $"{name}: {problems[0]}");
                if (meant is [{ Enabled: false }])
                    Assert.Contains("is disabled", problems[0].Message, StringComparison.Ordinal);
                if (meant is [{ Enabled: true, Ephemeral: true }])
                    Assert.Contains("is ephemeral", problems[0].Message, StringComparison.Ordinal);
                _ = table is null ? refused++ : found++;
            }
        }

        Assert.InRange(found, 5000, int.MaxValue);
        Assert.InRange(refused, 500, int.MaxValue);
    }

    private static string Manifest(List<Thing> things, Random random)
    {
        // Up to v3 a list, later a map of lists; Fusion leaves it out or writes null.
        var off = things.Where(t => !t.Enabled).ToList();
        JsonNode? disabled = off.Count == 0 ? null : random.Next(2) == 0
            ? new JsonArray([.. off.Select(t => (JsonNode)t.Json)])
            : new JsonObject(off.Select(t => KeyValuePair.Create<string, JsonNode?>(t.Id, new JsonArray(t.Json))));
        return new JsonObject
        {
            ["nodes"] = Map(things.Where(t => t.Enabled && t.Type != "source")),
            ["sources"] = Map(things.Where(t => t.Enabled && t.Type == "source")),
            ["disabled"] = disabled,
        }.ToJsonString();
    }

    private static JsonObject Map(IEnumerable<Thing> things) =>
        new(things.Select(t => KeyValuePair.Create<string, JsonNode?>(t.Id, t.Json)));

    private sealed record Thing(string Type, string Id, string[] Names, bool Enabled, bool Ephemeral, string Table, JsonObject Json)
    {
        public static Thing Drawn(Random random, int number)
        {
            var (type, package, name) = (Types[random.Next(4)], Packages[random.Next(2)], DbtNamesTests.Names[random.Next(4)]);
            var version = type == "model" && random.Next(4) == 0 ? random.Next(1, 4) : 0;
            var latest = version > 0 && random.Next(2) == 0 ? version : 3;
            var (enabled, ephemeral) = (random.Next(5) > 0, type == "model" && random.Next(6) == 0);
            var source = type == "source" ? "landing." : "";
            var suffix = version > 0 ? $".v{version}" : "";
            var id = $"{type}.{package}.{source}{name}{suffix}";
            string[] names = version == 0 ? [source + name] : version == latest ? [name, name + suffix] : [name + suffix];
            var json = new JsonObject
            {
                ["resource_type"] = type,
                ["unique_id"] = id,
                ["name"] = name,
                ["package_name"] = package,
                ["database"] = "db",
                ["schema"] = $"s{number}",
                ["config"] = new JsonObject { ["enabled"] = enabled, ["materialized"] = ephemeral ? "ephemeral" : "view" },
            };
            if (type == "source")
                (json["source_name"], json["identifier"]) = ("landing", name);
            else
                json["alias"] = name;
            if (version > 0)
                (json["version"], json["latest_version"]) = random.Next(2) == 0
                    ? ((JsonNode)version, (JsonNode)latest) : ((JsonNode)$"{version}", (JsonNode)$"{latest}");
            var quoted = random.Next(2) == 0;
            if (quoted)
                json["relation_name"] = $"\"db\".\"s{number}\".\"{name}\"";
            return new Thing(type, id, [id, .. names, .. names.Select(n => $"{package}.{n}")], enabled, ephemeral,
                quoted ? $"\"db\".\"s{number}\".\"{name}\"" : $"db.s{number}.{name}", JsonNode.Parse(json.ToJsonString())!.AsObject());
        }
    }
}
