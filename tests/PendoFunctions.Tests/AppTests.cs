using System.Diagnostics;
using Azure.Core;
using Azure.Identity;
using FunctionsHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PendoFunctions.Azure;
using PendoFunctions.Tests.Worlds;
using PendoSync.Batches;
using PendoSync.Engine;
using PendoSync.Operations;
using PendoSync.State;
using PendoSync.Tests.Worlds;
using Xunit.Abstractions;

namespace PendoFunctions.Tests;

public sealed class AppTests(ITestOutputHelper output)
{
    // No such hosts: whoever called one while starting would wait or fail.
    private static readonly string[] Deployed =
    [
        "--ServiceBusConnection:fullyQualifiedNamespace", "nowhere.invalid", "--RecordBatchesQueue", "record-batches",
            "--SyncRequestsQueue", "sync-requests",
        "--SyncTimer", "0 * * * * *", "--StateTables:serviceUri", "https://nowhere.invalid/",
    ];

    [Fact]
    public async Task The_app_starts_without_calling_anybody()
    {
        var settings = AppWorld.Without(nameof(DeliverBatch), nameof(DeadLetteredBatch), nameof(RequestedSync));
        foreach (var pair in Deployed.Chunk(2))
            settings[pair[0].TrimStart('-').Replace(":", "__", StringComparison.Ordinal)] = pair[1];

        settings["PENDOSYNC_API_KEY"] = "any";
        // As on a machine that never ran it.
        var home = Directory.CreateTempSubdirectory("pendosync-home-");
        settings["HOME"] = home.FullName;
        var options = new AppHostOptions { AppDirectory = await PublishedApp.FolderAsync(), Settings = settings };
        var watch = Stopwatch.StartNew();
        await using var app = await AppHost.StartAsync(options);
        using (var worker = Process.GetProcessById(app.ProcessId))
            output.WriteLine($"functions loaded after {watch.ElapsedMilliseconds} ms, {worker.TotalProcessorTime.TotalMilliseconds:0} ms "
                + $"of a processor; {worker.WorkingSet64 / 1e6:0} MB");
        using var http = new HttpClient { BaseAddress = app.BaseAddress };

        Assert.Contains("<html", await http.GetStringAsync(new Uri("/api/status", UriKind.Relative)), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(app.Logs, line => line.Level >= LogLevel.Warning);
        await app.StopAsync();
        Assert.Equal([0], app.ExitCodes);
        home.Delete(recursive: true);
    }

    [Fact]
    public void The_deployed_app_uses_its_own_identity()
    {
        using var host =
            App.Build([.. Deployed, "--KeyVault:uri", "https://nowhere.invalid/", "--ManagedIdentity:ClientId",
            "6f9619ff-8b86-d011-b42d-00cf4fc964ff"]);

        Assert.IsType<ManagedIdentityCredential>(host.Services.GetRequiredService<TokenCredential>());
        Assert.IsType<KeyVaultSecrets>(host.Services.GetRequiredService<ISecretStore>());
        Assert.IsType<TableStorageStore>(host.Services.GetRequiredService<ITableStore>());
        Assert.IsType<ServiceBusBatchQueue>(host.Services.GetRequiredService<IBatchQueue>());
        Assert.NotNull(host.Services.GetRequiredService<SyncEngine>());
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

    [Fact]
    public void A_file_that_cannot_be_read_breaks_its_own_sync_only()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("syncs"));
        File.WriteAllText(folder.File("pendosync.yaml"), """
            version: 1
            pendo: { p: { region: us, integration_key: "${secret:key}" } }
            warehouses: { w: { type: sqlite, file: w.db } }
            """);
        File.WriteAllText(folder.File("syncs/good.yaml"), """
            { name: good, warehouse: w, model: { table: t }, pendo: p, object: visitor, behavior: update_only, key: id,
              fields: { plan: plan } }
            """);
        File.CreateSymbolicLink(folder.File("syncs/gone.yaml"), "nowhere");
        File.WriteAllBytes(folder.File("syncs/latin.yaml"), [.. "name: Z"u8, 0xFC]);

        using var host = App.Build([.. Deployed, "--PendoSync:ProjectDirectory", folder.Path]);
        var project = host.Services.GetRequiredService<SyncEngine>().Project;

        Assert.Equal(["good"], project.Syncs.Select(s => s.Name));
        Assert.Equal([("gone", "syncs/gone.yaml:1:1"), ("latin", "syncs/latin.yaml:1:8")],
            project.Broken.Select(b => (b.Name, b.Problem.Place!)));
    }
}
