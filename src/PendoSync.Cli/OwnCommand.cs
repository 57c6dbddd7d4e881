using System.Text.RegularExpressions;

namespace PendoSync.Cli;

/// <summary>How a user starts this very program again, so that what is said to be typed next can be copied.</summary>
internal static partial class OwnCommand
{
    /// <summary>The command's name, as it is installed.</summary>
    public const string Name = "pendosync";

    private const string ProjectFile = "PendoSync.Cli.csproj";

    /// <summary>The beginning of a command line, up to the verb.</summary>
    public static string Line { get; } = Of(AppContext.BaseDirectory, Environment.ProcessPath, Directory.GetCurrentDirectory(),
        Environment.GetEnvironmentVariable("PATH") ?? "");

    /// <summary>
    /// Tells it from where the program lies: one that a shell finds by its name, one built from its sources by <c>dotnet run</c>, any
    /// other by its file.
    /// </summary>
    /// <param name="folder">Folder of the program's files.</param>
    /// <param name="process">File of the process; null when unknown.</param>
    /// <param name="current">The user's folder.</param>
    /// <param name="path">The folders in which a shell looks for programs.</param>
    internal static string Of(string folder, string? process, string current, string path)
    {
        // A tool for one system is started by a link that stands beside the store in which it lies.
        if (process?.Split($"{Path.DirectorySeparatorChar}.store{Path.DirectorySeparatorChar}", 2) is [var tools, _])
            process = Path.Combine(tools, Name);
        if (Path.GetFileNameWithoutExtension(process) == Name && path.Split(Path.PathSeparator)
            .Any(p => Path.TrimEndingDirectorySeparator(p) == Path.GetDirectoryName(process)))
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

    /// <summary>
    /// A text in whose hints (<c>`pendosync VERB …`</c>) the command stands as it was started, with the project it was started for.
    /// </summary>
    /// <param name="text">What is said.</param>
    /// <param name="project">The folder as it was given; null: none was.</param>
    /// <param name="line">The beginning of a command line.</param>
    public static string InHints(string text, string? project, string line) => Hint().Replace(text, hint =>
    {
        var rest = hint.Groups["rest"].Value;
        // Neither depends on a project.
        var alone = rest.Contains("--help", StringComparison.Ordinal) || rest.StartsWith("simulate", StringComparison.Ordinal);
        return $"`{line} {rest}{(alone || project is null ? "" : " --project " + Quoted(project))}`";
    });

    [GeneratedRegex("`pendosync (?<rest>[a-z][^`]*)`", RegexOptions.None, 1000)]
    private static partial Regex Hint();

    /// <summary>A path as one argument of a shell.</summary>
    public static string Quoted(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"\"{path}\"" : path;
}
