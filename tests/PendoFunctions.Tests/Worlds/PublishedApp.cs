using System.Diagnostics;

namespace PendoFunctions.Tests.Worlds;

/// <summary>The app as deploy.sh publishes it, once for all tests of this process.</summary>
internal static class PublishedApp
{
    private static readonly Lazy<Task<string>> Published = new(PublishAsync);

    /// <summary>The folder. PENDOSYNC_APP names one that is there already.</summary>
    public static Task<string> FolderAsync() => Environment.GetEnvironmentVariable("PENDOSYNC_APP") is { Length: > 0 } given
        ? Task.FromResult(given) : Published.Value;

    /// <summary>Calls a function of deploy.sh with a folder.</summary>
    /// <returns>Whether it succeeded, and what it said.</returns>
    public static async Task<(bool Succeeded, string Output)> DeployScriptAsync(string function, string folder)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"source '{Repository.File("infra/deploy.sh")}' && {function} \"$1\"", "-", folder])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
            // What is published is the same, half a minute earlier: the build looked already.
            Environment = { ["RunAnalyzers"] = "false", ["MSBUILDDISABLENODEREUSE"] = "1" },
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode == 0, output);
    }

    private static async Task<string> PublishAsync()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "published");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var (succeeded, output) = await DeployScriptAsync("publish", folder);
        Assert.True(succeeded, output);
        return folder;
    }
}
