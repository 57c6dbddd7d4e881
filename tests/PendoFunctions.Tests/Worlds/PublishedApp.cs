using System.Diagnostics;

namespace PendoFunctions.Tests.Worlds;

/// <summary>The app as it is published, once for all tests of this process.</summary>
internal static class PublishedApp
{
    private static readonly Lazy<Task<string>> Published = new(PublishAsync);

    /// <summary>The folder. PENDOSYNC_APP names one that is there already.</summary>
    public static Task<string> FolderAsync() => Environment.GetEnvironmentVariable("PENDOSYNC_APP") is { Length: > 0 } given
        ? Task.FromResult(given) : Published.Value;

    private static async Task<string> PublishAsync()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "published");
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var start = new ProcessStartInfo("dotnet",
            ["publish", Repository.File("src/PendoFunctions"), "-c", configuration, "--no-build", "-o", folder, "-v", "q",
                "--nologo", "-nodeReuse:false"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        using var publish = Process.Start(start)!;
        var output = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        Assert.True(publish.ExitCode == 0, output);
        return folder;
    }
}
