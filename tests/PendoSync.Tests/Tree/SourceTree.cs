namespace PendoSync.Tests.Tree;

/// <summary>A file of the repository.</summary>
/// <param name="Name">From the root, with forward slashes.</param>
/// <param name="Text">What is in it.</param>
internal sealed record SourceFile(string Name, string Text);

/// <summary>The repository that the tests were built from.</summary>
internal static class SourceTree
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>The text of a file.</summary>
    public static string Read(string name) => File.ReadAllText(Path.Combine(Root, name));

    /// <summary>True when there is such a folder.</summary>
    public static bool IsFolder(string name) => Directory.Exists(Path.Combine(Root, name));

    /// <summary>The files under a folder, without what builds leave there.</summary>
    public static IEnumerable<SourceFile> Files(string folder, string pattern) =>
        from path in Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
        let name = Path.GetRelativePath(Root, path).Replace('\\', '/')
        where !name.Split('/').Any(part => part is "bin" or "obj")
        orderby name
        select new SourceFile(name, File.ReadAllText(path));

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !folder.EnumerateFiles("PendoFunctions.sln").Any())
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not stand in the repository.");
    }
}
