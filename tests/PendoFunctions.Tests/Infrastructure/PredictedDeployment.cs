using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PendoFunctions.Tests.Infrastructure;

/// <summary>What a deployment of the templates would make: the compiler evaluates them as Azure does, except for what only Azure
/// knows.</summary>
internal sealed class PredictedDeployment
{
    private const string Place = "--subscription-id 00000000-0000-0000-0000-000000000001 "
        + "--tenant-id 00000000-0000-0000-0000-000000000002 --resource-group rg --location westeurope";
    private readonly List<JsonObject> _resources;

    private PredictedDeployment(List<JsonObject> resources) => _resources = resources;

    /// <summary>Evaluates them.</summary>
    /// <param name="parameters">Lines of a parameter file, such as <c>param privateNetwork = true</c>.</param>
    public static async Task<PredictedDeployment> OfAsync(params string[] parameters)
    {
        using var folder = BicepCompiler.CopyWith();
        await File.WriteAllLinesAsync(folder.File("test.bicepparam"), ["using './main.bicep'", .. parameters]);
        var (exitCode, _, errors) = await BicepCompiler.RunAsync(
            ["snapshot", folder.File("test.bicepparam"), "--mode", "overwrite", .. Place.Split(' ')]);
        Assert.True(exitCode == 0, errors);
        var snapshot = JsonNode.Parse(await File.ReadAllTextAsync(folder.File("test.snapshot.json")))!;
        return new PredictedDeployment([.. snapshot["predictedResources"]!.AsArray().Select(r => r!.AsObject())]);
    }

    /// <summary>All resources of a type.</summary>
    public IEnumerable<JsonObject> All(string type) => _resources.Where(r => (string)r["type"]! == type);

    /// <summary>The properties of the only resource of a type.</summary>
    public JsonNode Only(string type) => Assert.Single(All(type))["properties"]!;

    /// <summary>Last parts of the names of all resources of a type.</summary>
    public IEnumerable<string> Names(string type) => All(type).Select(r => ((string)r["name"]!).Split('/')[^1]);

    /// <summary>The app's settings; what only Azure knows is an expression in brackets.</summary>
    public IReadOnlyDictionary<string, string> AppSettings() =>
        Only("Microsoft.Web/sites/config").AsObject().ToDictionary(p => p.Key, p => (string)p.Value!, StringComparer.Ordinal);

    /// <summary>Every role that is given: its id, and on what.</summary>
    public IEnumerable<(string Role, string On)> Roles() => All("Microsoft.Authorization/roleAssignments").Select(assignment =>
    {
        Assert.NotNull(assignment["properties"]!["principalType"]);
        // /subscriptions/…/providers/TYPE/NAME/providers/Microsoft.Authorization/…, or
        // extensionResourceId('/subscriptions/…/providers/TYPE/NAME', …).
        var scope = Regex.Match((string)assignment["id"]!, @"/providers/(.+?)('|/providers/)").Groups[1].Value;
        return (((string)assignment["properties"]!["roleDefinitionId"]!).Split('/')[^1], scope);
    });
}
