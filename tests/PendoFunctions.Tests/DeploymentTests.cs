using System.Diagnostics;
using System.Text.Json;
using PendoFunctions.Tests.Worlds;
using PendoSync.Definitions;
using PendoSync.Tests.Worlds;

namespace PendoFunctions.Tests;

public sealed class DeploymentTests
{
    [Fact]
    public async Task The_published_app_has_host_json_and_its_project_and_no_local_settings()
    {
        using var folder = new TemporaryFolder();
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var start = new ProcessStartInfo("dotnet",
            ["publish", Repository.File("src/PendoFunctions"), "-c", configuration, "--no-build", "-o", folder.Path, "-v", "q", "--nologo"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var publish = Process.Start(start)!;
        var output = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();

        Assert.True(publish.ExitCode == 0, output);
        Assert.Equal(await File.ReadAllTextAsync(Repository.File("host.json")), await File.ReadAllTextAsync(folder.File("host.json")));
        foreach (var part in new[] { "extensions.json", "functions.metadata", "worker.config.json", ".azurefunctions", "config/pendosync.yaml" })
            Assert.True(Path.Exists(folder.File(part)), part);
        Assert.True(File.Exists(folder.File("config/syncs/visitor-health.yaml")));
        Assert.Equal(Environment.GetEnvironmentVariable("UseServiceBusSubstitute") == "true", File.Exists(folder.File("BUILT-WITH-SUBSTITUTE.txt")));
        Assert.Empty(Directory.GetFiles(folder.Path, "local.settings*.json", SearchOption.AllDirectories));
    }

    [Fact]
    public void The_deployed_sample_project_is_valid_and_starts_nothing_by_itself()
    {
        var loaded = ProjectLoader.Load(Path.Combine(AppContext.BaseDirectory, "config"), new Dictionary<string, string?>(StringComparer.Ordinal));

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
