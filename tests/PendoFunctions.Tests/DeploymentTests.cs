using PendoFunctions.Tests.Worlds;
using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Tests.Worlds;
using PendoSync.Warehouses;

namespace PendoFunctions.Tests;

public sealed class DeploymentTests
{
    [Fact]
    public async Task What_deploy_sh_publishes_is_for_Linux_has_what_the_host_reads_and_passes_its_own_check_unless_it_bears_the_mark()
    {
        using var folder = new TemporaryFolder();
        Copy(await PublishedApp.FolderAsync(), folder.Path);

        Assert.Equal(await File.ReadAllTextAsync(Repository.File("host.json")), await File.ReadAllTextAsync(folder.File("host.json")));
        Assert.True(File.Exists(folder.File("config/syncs/visitor-health.yaml")));
        Assert.Empty(Directory.GetFiles(folder.Path, "local.settings*.json", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(folder.File("runtimes")), "natives of other systems");
        if (Environment.GetEnvironmentVariable("UseServiceBusSubstitute") == "true")
        {
            var (accepted, refusal) = await PublishedApp.DeployScriptAsync("check_package", folder.Path);
            Assert.False(accepted);
            Assert.Contains("substitute", refusal, StringComparison.Ordinal);
            File.Delete(folder.File("BUILT-WITH-SUBSTITUTE.txt"));
            (accepted, refusal) = await PublishedApp.DeployScriptAsync("check_package", folder.Path);
            Assert.False(accepted);
            Assert.Contains("Service Bus extension", refusal, StringComparison.Ordinal);
            // What the real package adds here; nothing else differs.
            await File.AppendAllTextAsync(folder.File("extensions.json"), "Microsoft.Azure.WebJobs.Extensions.ServiceBus");
        }

        var (passes, why) = await PublishedApp.DeployScriptAsync("check_package", folder.Path);
        Assert.True(passes, why);
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

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
