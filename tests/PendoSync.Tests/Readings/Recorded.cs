using System.Runtime.CompilerServices;
using System.Text.Json;

namespace PendoSync.Tests.Readings;

/// <summary>Texts with what readers that are not ours make of them; make.mjs beside this file asks them and writes the files.</summary>
internal static class Recorded
{
    /// <summary>The lines of a file.</summary>
    public static IReadOnlyList<T> Of<T>(string file) => [.. File.ReadLines(Path.Combine(ThisFolder(), file))
        .Select(line => JsonSerializer.Deserialize<T>(line, JsonSerializerOptions.Web)!)];

    private static string ThisFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
