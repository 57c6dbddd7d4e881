namespace PendoSync.Cli;

/// <summary>How a user starts this very program again, so that what is said to be typed next can be copied.</summary>
internal static class OwnCommand
{
    private const string Name = "pendosync";
    private const string ProjectFile = "PendoSync.Cli.csproj";

    /// <summary>The beginning of a command line, up to the verb.</summary>
    public static string Line { get; } = Of(AppContext.BaseDirectory, Environment.ProcessPath, Directory.GetCurrentDirectory());

    /// <summary>
    /// Tells it from where the program lies: an installed tool by its name, one built from its sources by <c>dotnet run</c>, any other by
    /// its file.
    /// </summary>
    /// <param name="folder">Folder of the program's files.</param>
    /// <param name="process">File of the process; null when unknown.</param>
    /// <param name="current">The user's folder.</param>
    internal static string Of(string folder, string? process, string current)
    {
        if (Path.GetFileNameWithoutExtension(process) == Name)
            return Name;
        // bin/CONFIGURATION/FRAMEWORK under the project.
        var built = new DirectoryInfo(Path.TrimEndingDirectorySeparator(folder));
        if (built.Parent?.Parent is { Name: "bin", Parent: { } project } && File.Exists(Path.Combine(project.FullName, ProjectFile)))
        {
            var configuration = built.Parent.Name == "Debug" ? "" : $"-c {built.Parent.Name} ";
            return $"dotnet run {configuration}--project {Quoted(Path.GetRelativePath(current, project.FullName))} --";
        }

        return process is null || Path.GetFileNameWithoutExtension(process) == "dotnet"
            ? "dotnet " + Quoted(Path.Combine(folder, "PendoSync.Cli.dll"))
            : Quoted(process);
    }

    /// <summary>A path as one argument of a shell.</summary>
    public static string Quoted(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"\"{path}\"" : path;
}
