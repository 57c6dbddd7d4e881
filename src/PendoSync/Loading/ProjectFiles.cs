namespace PendoSync.Loading;

/// <summary>The files of a project, from a folder or from memory.</summary>
internal abstract class ProjectFiles
{
    /// <summary>The folder; relative names in definitions start here.</summary>
    public abstract string Directory { get; }

    /// <summary>Names of the sync files in ordinal order, with forward slashes.</summary>
    public abstract IReadOnlyList<string> SyncFiles();

    /// <summary>The bytes of a file, or null when there is none.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public abstract byte[]? Read(string name);

    protected static bool IsSyncFile(string name) =>
        name.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);
}

/// <summary>A project in a folder.</summary>
internal sealed class FolderFiles(string directory) : ProjectFiles
{
    public override string Directory { get; } = Path.GetFullPath(directory);

    public override IReadOnlyList<string> SyncFiles()
    {
        var folder = Path.Combine(Directory, "syncs");
        return System.IO.Directory.Exists(folder)
            ? [.. System.IO.Directory.EnumerateFiles(folder).Where(IsSyncFile).Select(f => "syncs/" + Path.GetFileName(f))
                .Order(StringComparer.Ordinal)]
            : [];
    }

    public override byte[]? Read(string name)
    {
        var path = Path.Combine(Directory, name);
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }
}

/// <summary>A project in memory: name to text.</summary>
internal sealed class MemoryFiles(IReadOnlyDictionary<string, string> files) : ProjectFiles
{
    public override string Directory => ".";

    public override IReadOnlyList<string> SyncFiles() =>
        [.. files.Keys.Where(n => n.StartsWith("syncs/", StringComparison.Ordinal) && IsSyncFile(n)).Order(StringComparer.Ordinal)];

    public override byte[]? Read(string name) => files.TryGetValue(name, out var text) ? System.Text.Encoding.UTF8.GetBytes(text) : null;
}
