using System.Diagnostics;

namespace PendoSync.Tests.Worlds;

/// <summary>A program of somebody else's that a test asks.</summary>
internal static class Tool
{
    /// <summary>Runs it to its end, which has to be a good one; what it said on stdout, then on stderr.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">What it reads from stdin.</param>
    public static async Task<string> RunAsync(string folder, string program, IEnumerable<string> arguments, string input = "")
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["KIOTA_OFFLINE_ENABLED"] = "true", ["KIOTA_TUTORIAL_ENABLED"] = "false" },
        };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.EndsAsync();
        Assert.True(process.ExitCode == 0, $"{program} {start.ArgumentList[0]} ended with {process.ExitCode}: {await output}{await error}");
        return await output + await error;
    }
}
