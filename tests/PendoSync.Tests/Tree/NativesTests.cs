using System.Text.Json;

namespace PendoSync.Tests.Tree;

/// <summary>What the tool takes along: natives of servers and desktops, and of nothing else (SQLite comes with 60 MB of others).</summary>
public sealed class NativesTests
{
    [Fact]
    public void No_native_of_a_phone_a_browser_or_a_rare_processor_travels()
    {
        var built = new DirectoryInfo(AppContext.BaseDirectory);
        var root = built.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        var folder = Path.Combine(root, "src", "PendoSync.Cli", "bin", built.Parent.Name, built.Name);
        using var parts = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "PendoSync.Cli.deps.json")));
        var told = parts.RootElement.GetProperty("targets").EnumerateObject().SelectMany(t => t.Value.EnumerateObject())
            .Where(l => l.Value.TryGetProperty("runtimeTargets", out _))
            .SelectMany(l => l.Value.GetProperty("runtimeTargets").EnumerateObject())
            .Select(f => f.Value.GetProperty("rid").GetString()!).Distinct().ToList();
        var there = Directory.EnumerateDirectories(Path.Combine(folder, "runtimes")).Select(d => Path.GetFileName(d)!).ToList();
        Assert.All(told.Concat(there), rid => Assert.Matches("^(unix|(linux|linux-musl|osx|win)(-x64|-arm64)?)$", rid));
        Assert.All((string[])["linux-x64", "linux-arm64", "osx-arm64", "win-x64"], rid => Assert.Contains(rid, there));
    }
}
