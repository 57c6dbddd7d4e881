using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.DependencyInjection;
using PendoFunctions.Azure;
using PendoSync;
using PendoSync.Operations;
using PendoSync.Running;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoFunctions.Tests;

public sealed class AppTests
{
    // No such hosts: whoever called one while starting would wait or fail.
    private static readonly string[] Deployed =
    [
        "--ServiceBusConnection:fullyQualifiedNamespace", "nowhere.invalid", "--RecordBatchesQueue", "record-batches", "--SyncRequestsQueue", "sync-requests",
        "--SyncTimer", "0 * * * * *", "--StateTables:serviceUri", "https://nowhere.invalid/", "--STAND_IN_PORT", "0",
    ];

    [Fact]
    public async Task The_app_starts_without_calling_anybody_and_uses_its_own_identity()
    {
        using var host = App.Build([.. Deployed, "--KeyVault:uri", "https://nowhere.invalid/", "--ManagedIdentity:ClientId", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"]);
        await host.StartAsync();

        Assert.IsType<ManagedIdentityCredential>(host.Services.GetRequiredService<TokenCredential>());
        Assert.IsType<KeyVaultSecrets>(host.Services.GetRequiredService<ISecretStore>());
        Assert.IsType<TableStorageStore>(host.Services.GetRequiredService<ITableStore>());
        Assert.IsType<ServiceBusBatchQueue>(host.Services.GetRequiredService<IBatchQueue>());
        Assert.NotNull(host.Services.GetRequiredService<SyncEngine>());
        await host.StopAsync();
    }

    [Fact]
    public void Without_a_vault_secrets_come_from_the_environment_and_the_credential_from_whoever_is_signed_in()
    {
        using var host = App.Build(Deployed);

        Assert.IsType<EnvironmentSecrets>(host.Services.GetRequiredService<ISecretStore>());
        Assert.IsType<DefaultAzureCredential>(host.Services.GetRequiredService<TokenCredential>());
    }

    [Fact]
    public void A_wrong_definition_stops_the_app_with_every_problem_at_once()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("syncs"));
        File.WriteAllText(folder.File("pendosync.yaml"), "version: 1\npendoo: {}\n");
        File.WriteAllText(folder.File("syncs/a.yaml"), "name: a\nobjekt: visitor\n");

        var problem = Assert.Throws<ProblemException>(() => App.Build([.. Deployed, "--PendoSync:ProjectDirectory", folder.Path])).Problem;

        Assert.Equal((ProblemKind.Configuration, folder.Path), (problem.Kind, problem.Place));
        Assert.Contains("pendosync.yaml:2", problem.Message);
        Assert.Contains("syncs/a.yaml:2", problem.Message);
    }
}
