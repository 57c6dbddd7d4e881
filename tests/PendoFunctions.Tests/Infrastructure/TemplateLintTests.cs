namespace PendoFunctions.Tests.Infrastructure;

public sealed class TemplateLintTests
{
    // One of each kind, and what finds it.
    private static readonly (string File, string Text, string Replacement, string Code)[] Mistakes =
    [
        ("modules/queues.bicep", "maxDeliveryCount:", "maxDeliverCount:", "BCP089"),
        ("modules/storage.bicep", "supportsHttpsTrafficOnly: true", "supportsHttpsTrafficOnly: 'yes'", "BCP036"),
        ("modules/app.bicep", "serverFarmId: plan.id", "serverFarmId: plans.id", "BCP057"),
        ("modules/telemetry.bicep", "output workspaceId string = workspace.id",
            "output workspaceId string = workspace.listKeys().primarySharedKey", "outputs-should-not-contain-secrets"),
        ("modules/network.bicep", "param tags { *: string }", "param tags { *: string }\n\n@description('x')\nparam unused string = ''",
            "no-unused-params"),
        ("modules/identity.bicep", "@description('Name of the identity.')\n", "", "use-description-params"),
        ("modules/alerts.bicep", "param tags { *: string }", "param tags object", "use-user-defined-types"),
        ("main.bicep", "    syncTimer: syncTimer\n", "", "BCP035"),
        ("main.bicepparam", "param instanceMemoryMB = 2048", "param instanceMemoryMB = 1024", "BCP033"),
        ("main.bicepparam", "param tags =", "param alwaysReady = { deliverBatches: 1 }\nparam tags =", "BCP089"),
    ];

    [BicepFact]
    public async Task Compiler_and_strict_linter_find_nothing_in_the_templates_and_the_sample_parameters() =>
        Assert.Empty(await BicepCompiler.FindingsAsync(BicepCompiler.Templates));

    [BicepFact]
    public async Task Every_kind_of_mistake_is_found_where_it_is()
    {
        using var folder = BicepCompiler.CopyWith(Mistakes.Select(m => (m.File, m.Text, m.Replacement)));
        var findings = await BicepCompiler.FindingsAsync(folder.Path);

        Assert.All(Mistakes, mistake => Assert.Contains(findings, finding =>
            finding.StartsWith(folder.File(mistake.File), StringComparison.Ordinal)
                && finding.Contains($" {mistake.Code}: ", StringComparison.Ordinal)));
    }
}
