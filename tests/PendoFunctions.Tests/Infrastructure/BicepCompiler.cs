using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using PendoFunctions.Tests.Worlds;
using PendoSync.Tests.Worlds;

namespace PendoFunctions.Tests.Infrastructure;

/// <summary>Microsoft's own compiler, as the package Azure.Bicep.CommandLine brings it.</summary>
internal static class BicepCompiler
{
    /// <summary>The package that the test project downloads is built for Linux on x64.</summary>
    public static bool IsHere { get; } = OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64;

    /// <summary>Where infra/ is.</summary>
    public static string Templates { get; } = Repository.File("infra");

    private static Lazy<Task<JsonObject>> Built { get; } = new(() => BuildAsync(Templates));

    private static string Executable { get; } = typeof(BicepCompiler).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "Bicep").Value!;

    /// <summary>Runs the compiler.</summary>
    /// <returns>What it printed on standard output, and on standard error.</returns>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Executable, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await errors);
    }

    /// <summary>All that compiler and linter have to say of the parameters in a folder and of the templates they are for, one line each;
    /// warnings count.</summary>
    public static async Task<IReadOnlyList<string>> FindingsAsync(string folder)
    {
        var (exitCode, output, errors) = await RunAsync("lint", Path.Combine(folder, "main.bicepparam"));
        return [.. $"{output}\n{errors}".Split('\n', StringSplitOptions.RemoveEmptyEntries), .. exitCode == 0 ? (string[])[]
            : [$"exit code {exitCode}"]];
    }

    /// <summary>The template as Azure gets it.</summary>
    public static Task<JsonObject> BuiltAsync() => Built.Value;

    /// <summary>The template in a folder, as Azure would get it.</summary>
    public static async Task<JsonObject> BuildAsync(string folder)
    {
        var (exitCode, output, errors) = await RunAsync("build", Path.Combine(folder, "main.bicep"), "--stdout");
        Assert.True(exitCode == 0, errors);
        return JsonNode.Parse(output)!.AsObject();
    }

    /// <summary>A copy of infra/ with texts replaced, as in mistaken edits.</summary>
    public static TemporaryFolder CopyWith(params IEnumerable<(string File, string Text, string Replacement)> edits)
    {
        var folder = new TemporaryFolder();
        foreach (var source in Directory.EnumerateFiles(Templates, "*bicep*", SearchOption.AllDirectories))
        {
            var target = folder.File(Path.GetRelativePath(Templates, source));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target);
        }

        foreach (var (file, text, replacement) in edits)
        {
            var before = File.ReadAllText(folder.File(file));
            Assert.Contains(text, before, StringComparison.Ordinal);
            File.WriteAllText(folder.File(file), before.Replace(text, replacement, StringComparison.Ordinal));
        }

        return folder;
    }
}

/// <summary>A test that needs the compiler.</summary>
internal sealed class BicepFactAttribute : FactAttribute
{
    public BicepFactAttribute() => Skip = BicepCompiler.IsHere ? null : "the package of the Bicep compiler is for Linux on x64";
}
