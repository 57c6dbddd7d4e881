namespace PendoSync.Loading;

/// <summary>The files of a project, from a folder or from memory.</summary>
internal abstract class ProjectFiles
{
    /// <summary>The folder; relative names in definitions start here.</summary>
    public abstract string Directory { get; }

    /// <summary>
    /// Names of the sync files in syncs/ and its folders, in ordinal order, with forward slashes. What was meant to be one and cannot be
    /// read, and a folder that cannot be listed, are among them.
    /// </summary>
    public abstract IReadOnlyList<string> SyncFiles();

    /// <summary>The bytes of a file, or null when there is none.</summary>
    /// <param name="name">Relative to the project.</param>
    /// <param name="most">Bytes that it may have; anything beyond is the wrong file.</param>
    /// <exception cref="UnreadableFileException">It is there and cannot be read.</exception>
    public abstract byte[]? Read(string name, int most);

    /// <summary>True for a file, one that cannot be read too.</summary>
    public bool Exists(string name)
    {
        try
        {
            return Read(name, int.MaxValue) is not null;
        }
        catch (UnreadableFileException)
        {
            return true;
        }
    }

    /// <summary>True when a name leads to a place in the project's folder, through links too.</summary>
    public abstract bool IsInside(string name);

    /// <summary>True for a folder.</summary>
    public abstract bool IsFolder(string name);

    /// <summary>True of what nobody wrote to be read: hidden files, locks, backups and half-saved files of editors and systems.</summary>
    protected static bool IsLeftover(string name) => name is ['.' or '~' or '#', ..] or [.., '~' or '#']
        or "__MACOSX" or "@eaDir" or "lost+found" or "$RECYCLE.BIN" or "System Volume Information";

    protected static bool IsSyncFile(string name) => HasEnding(name, "");

    /// <summary>True of a YAML file to which an editor gave an ending that its user does not see.</summary>
    protected static bool IsHiddenText(string name) => HasEnding(name, ".txt");

    private static bool HasEnding(string name, string more) =>
        name.EndsWith(".yaml" + more, StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".yml" + more, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A file is there and cannot be read.</summary>
/// <param name="wrong">Why, as the end of a sentence about it.</param>
/// <param name="fix">What to do.</param>
/// <param name="inner">What was thrown.</param>
internal sealed class UnreadableFileException(string wrong, string fix, Exception? inner = null) : IOException(wrong, inner)
{
    /// <summary>What to do.</summary>
    public string Fix { get; } = fix;
}

/// <summary>A project in a folder.</summary>
internal sealed class FolderFiles(string directory) : ProjectFiles
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    public override string Directory { get; } = Path.GetFullPath(directory);

    public override IReadOnlyList<string> SyncFiles()
    {
        var found = new List<string>();
        var folder = new DirectoryInfo(Path.Combine(Directory, "syncs"));
        if (folder.Exists)
            Collect(folder, "syncs", new HashSet<string>(StringComparer.Ordinal), found);
        else if (folder.LinkTarget is not null)
            found.Add("syncs");
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    public override bool IsInside(string name) => OwnFiles.IsInside(Directory, Path.Combine(Directory, name));

    public override bool IsFolder(string name) => System.IO.Directory.Exists(Path.Combine(Directory, name));

    /// <summary>What was read or looked for, with its full path.</summary>
    public HashSet<string> Seen { get; } = new(StringComparer.Ordinal);

    public override byte[]? Read(string name, int most)
    {
        var path = Path.Combine(Directory, name);
        Seen.Add(path);
        if (IsHiddenText(name))
            throw new UnreadableFileException("its name ends in .txt", "Rename it; Windows may hide that ending.");
        if (IsFolder(name))
            throw new UnreadableFileException("it is a folder", "Put a file in its place, or give the folder another name.");
        try
        {
            // A pipe that nobody writes, or a network drive that is gone, would hold up everything else for ever.
            var reading = Task.Run(() => ReadAtMost(path, most));
            return Task.WaitAny([reading], _patience) == 0 ? reading.GetAwaiter().GetResult()
                : throw new UnreadableFileException($"it gave nothing within {_patience.TotalSeconds:0} s",
                    "Is it a file, on a drive that answers?");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new UnreadableFileException("this user may not read it", "Give the right to read the file and its folders.", e);
        }
        catch (Exception e) when (e is (IOException and not UnreadableFileException) or ArgumentException or NotSupportedException)
        {
            return LinkTarget(path) is { } target
                ? throw new UnreadableFileException($"it is a link to '{target}', which is not there or no file",
                    "Mend the link, or remove it.", e)
                : e is FileNotFoundException or DirectoryNotFoundException ? null
                : throw new UnreadableFileException("the system cannot read it", "Check the file, its name and its drive.", e);
        }
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            return null;
        }
    }

    private static byte[] ReadAtMost(string path, int most)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        var part = new byte[64 * 1024];
        for (int read; (read = file.Read(part)) > 0;)
        {
            bytes.Write(part, 0, read);
            if (bytes.Length > most)
                throw new UnreadableFileException($"it has more than {most:N0} bytes", "Is it the right file?");
        }

        return bytes.ToArray();
    }

    private static void Collect(DirectoryInfo folder, string name, HashSet<string> seen, List<string> found)
    {
        try
        {
            // A link may lead back to a folder above it.
            if (!seen.Add(folder.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder.FullName))
                return;
            foreach (var entry in folder.EnumerateFileSystemInfos().Where(e => !IsLeftover(e.Name)))
            {
                var inner = $"{name}/{entry.Name}";
                // A folder with the name of a file is one that a container made, where it did not find the file to mount.
                if (IsSyncFile(entry.Name) || IsHiddenText(entry.Name))
                    found.Add(inner);
                else if (System.IO.Directory.Exists(entry.FullName))
                    Collect(new DirectoryInfo(entry.FullName), inner, seen, found);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            found.Add(name);
        }
    }
}

/// <summary>A project in memory: name to text.</summary>
internal sealed class MemoryFiles(IReadOnlyDictionary<string, string> files) : ProjectFiles
{
    public override string Directory => ".";

    public override IReadOnlyList<string> SyncFiles() =>
        [.. files.Keys.Where(n => n.StartsWith("syncs/", StringComparison.Ordinal) && IsSyncFile(n) && !n.Split('/').Any(IsLeftover))
            .Order(StringComparer.Ordinal)];

    public override bool IsInside(string name) => !Path.IsPathRooted(name) && !name.Split('/', '\\').Contains("..");

    public override bool IsFolder(string name) => name.Length == 0
        || files.Keys.Any(n => n.StartsWith(name.TrimEnd('/') + "/", StringComparison.Ordinal));

    public override byte[]? Read(string name, int most) =>
        files.TryGetValue(name, out var text) ? System.Text.Encoding.UTF8.GetBytes(text) : null;
}
