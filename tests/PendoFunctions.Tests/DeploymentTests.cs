using System.Text.Json;
using PendoFunctions.Tests.Worlds;
using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Warehouses;

namespace PendoFunctions.Tests;

public sealed class DeploymentTests
{
    [Fact]
    public async Task The_published_app_has_host_json_and_its_project_and_no_local_settings()
    {
        var folder = await PublishedApp.FolderAsync();

        Assert.Equal(await File.ReadAllTextAsync(Repository.File("host.json")),
            await File.ReadAllTextAsync(Path.Combine(folder, "host.json")));
        foreach (var part in new[] { "extensions.json", "functions.metadata", "worker.config.json", ".azurefunctions",
            "config/pendosync.yaml" })
            Assert.True(Path.Exists(Path.Combine(folder, part)), part);
        Assert.True(File.Exists(Path.Combine(folder, "config/syncs/visitor-health.yaml")));
        Assert.Equal(Environment.GetEnvironmentVariable("UseServiceBusSubstitute") == "true",
            File.Exists(Path.Combine(folder, "BUILT-WITH-SUBSTITUTE.txt")));
        Assert.Empty(Directory.GetFiles(folder, "local.settings*.json", SearchOption.AllDirectories));
    }

    [Fact]
    public void The_deployed_sample_project_is_valid_and_starts_nothing_by_itself()
    {
        var loaded = ProjectLoader.Load(Path.Combine(AppContext.BaseDirectory, "config"),
            new Dictionary<string, string?>(StringComparer.Ordinal), WarehouseTypes.All);

        Assert.Empty(loaded.Problems);
        Assert.Equal(["invoices-paid", "visitor-health"], loaded.Project!.Syncs.Select(s => s.Name));
        Assert.All(loaded.Project.Syncs, sync => Assert.True(sync.Paused));
    }

    [Fact]
    public void The_host_settles_nothing_by_itself_and_holds_a_lock_longer_than_a_delivery_takes()
    {
        using var host = JsonDocument.Parse(File.ReadAllText(Repository.File("host.json")));
        var root = host.RootElement;
        var serviceBus = root.GetProperty("extensions").GetProperty("serviceBus");

        Assert.Equal("OpenTelemetry", root.GetProperty("telemetryMode").GetString());
        Assert.False(serviceBus.GetProperty("autoCompleteMessages").GetBoolean());
        Assert.True(TimeSpan.Parse(serviceBus.GetProperty("maxAutoLockRenewalDuration").GetString()!) > TimeSpan.FromMinutes(8));
        Assert.Equal(0, serviceBus.GetProperty("prefetchCount").GetInt32());
        Assert.False(root.TryGetProperty("extensionBundle", out _), "Core Tools refuse a bundle for a compiled app");
    }
}
