namespace PendoSync.Basics;

/// <summary>
/// Files and folders for their user alone (0600, 0700), such as state and secrets. What exists keeps its rights. On Windows the folder of
/// the user's profile decides.
/// </summary>
public static class OwnFiles
{
    private const UnixFileMode File = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int MostLinks = 40;

    /// <summary>Makes a folder and those above it that are missing.</summary>
    public static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        for (var missing = Missing(path); missing.TryPop(out var folder);)
            Directory.CreateDirectory(folder, File | UnixFileMode.UserExecute);
    }

    /// <summary>Opens a file, or makes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="share">Who else may open it.</param>
    /// <param name="truncate">True: what is in it goes.</param>
    public static FileStream Open(string path, FileShare share, bool truncate = false)
    {
        var options = new FileStreamOptions
        {
            Mode = truncate ? FileMode.Create : FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = share,
            BufferSize = 1,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = File;
        return new FileStream(path, options);
    }

    /// <summary>Writes a file.</summary>
    public static void Write(string path, string text)
    {
        using var writer = new StreamWriter(Open(path, FileShare.None, truncate: true));
        writer.Write(text);
    }

    /// <summary>Where a path leads to, through every link in it; it need not exist. One file has one such path, whoever names it.</summary>
    public static string Real(string path)
    {
        var full = Path.GetFullPath(path);
        var real = Path.GetPathRoot(full)!;
        var left = new Stack<string>();
        Push(full);
        for (var links = 0; left.TryPop(out var part);)
        {
            var next = Path.Combine(real, part);
            if (part == "..")
                real = Path.GetDirectoryName(real) ?? real;
            else if (links < MostLinks && new FileInfo(next).LinkTarget is { } target)
            {
                links++;
                real = Path.IsPathRooted(target) ? Path.GetPathRoot(target)! : real;
                Push(target);
            }
            else if (part != ".")
                real = next;
        }

        return real;

        void Push(string text)
        {
            foreach (var part in text[Path.GetPathRoot(text)!.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar],
                StringSplitOptions.RemoveEmptyEntries).Reverse())
                left.Push(part);
        }
    }

    /// <summary>True when a path leads into a folder, or to it.</summary>
    public static bool IsInside(string folder, string path)
    {
        var (from, to) = (Path.TrimEndingDirectorySeparator(Real(folder)), Real(path));
        var way = Path.GetRelativePath(from, to);
        return way != ".." && !way.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal) && !Path.IsPathRooted(way);
    }

    private static Stack<string> Missing(string path)
    {
        var missing = new Stack<string>();
        for (var folder = Path.GetFullPath(path); folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
            missing.Push(folder);
        return missing;
    }
}
