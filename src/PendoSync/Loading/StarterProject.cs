namespace PendoSync.Loading;

/// <summary>The commented project that <c>pendosync init</c> writes.</summary>
public static class StarterProject
{
    private const string Prefix = "starter/";

    /// <summary>Writes the project; nothing is written when any of its files is there already.</summary>
    /// <returns>The names written, relative to the folder.</returns>
    /// <exception cref="ProblemException">Configuration: a file is there already, or the folder cannot be written.</exception>
    public static IReadOnlyList<string> Write(string directory)
    {
        var files = Files();
        foreach (var (name, _) in files)
        {
            // .gitignore and .env belong to the user's folder as much as to us, yet mixing lines into them would be a surprise.
            if (File.Exists(Path.Combine(directory, name)))
            {
                throw new ProblemException(ProblemKind.Configuration, $"the file {name} is there already; nothing was written",
                    Path.Combine(directory, name),
                    "Choose an empty folder with --project, or move the file away.");
            }
        }

        try
        {
            foreach (var (name, text) in files)
            {
                var path = Path.Combine(directory, name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                // Secrets go into it next.
                if (name == ".env")
                    OwnFiles.Write(path, text);
                else
                    File.WriteAllText(path, text);
                if (!OperatingSystem.IsWindows() && name.EndsWith(".sh", StringComparison.Ordinal))
                    File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute
                        | UnixFileMode.OtherExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException(ProblemKind.Configuration, "the folder cannot be written", directory,
                "Check its rights and the space on the disk.", e);
        }

        return [.. files.Select(f => f.Name)];
    }

    /// <summary>The files by name, with the schemas editors read.</summary>
    internal static IReadOnlyList<(string Name, string Text)> Files()
    {
        var assembly = typeof(StarterProject).Assembly;
        var files = assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(n => (Name: NameOf(n[Prefix.Length..].Replace('\\', '/')), Text: TextOf(n)))
            .Concat(DefinitionSchema.Files);
        return [.. files.OrderBy(f => f.Item1, StringComparer.Ordinal)];

        string TextOf(string resource)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            return reader.ReadToEnd().Replace("{VERSION}", ProductVersion.Number, StringComparison.Ordinal)
                .Replace("{REPOSITORY}", ProductVersion.Repository, StringComparison.Ordinal);
        }
    }

    // Kept without the dot in the source tree: there they would be an ignored file and settings of git and editors.
    private static string NameOf(string resource) =>
        resource.Split('/')[0] is "env" or "gitignore" or "github" or "vscode" or "devcontainer" ? "." + resource : resource;
}
