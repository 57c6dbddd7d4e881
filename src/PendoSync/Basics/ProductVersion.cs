using System.Reflection;

namespace PendoSync.Basics;

/// <summary>Which release this is, as the build wrote it down (Directory.Build.props).</summary>
public static class ProductVersion
{
    /// <summary>The number and the commit: <c>1.2.3+0123abc…</c>.</summary>
    public static string Full { get; } = Own<AssemblyInformationalVersionAttribute>().First().InformationalVersion;

    /// <summary>The number alone.</summary>
    public static string Number { get; } = Full.Split('+')[0];

    /// <summary>Where the sources and the releases are; a build without a remote does not know its owner.</summary>
    public static string Repository { get; } =
        Own<AssemblyMetadataAttribute>().FirstOrDefault(m => m.Key == "RepositoryUrl")?.Value is { Length: > 0 } url
            ? url.EndsWith(".git", StringComparison.Ordinal) ? url[..^4] : url
            : "https://github.com/OWNER/PendoFunctions";

    private static IEnumerable<T> Own<T>()
        where T : Attribute => typeof(ProductVersion).Assembly.GetCustomAttributes<T>();
}
