namespace PendoSync.Definitions.Loading;

/// <summary>Collects the problems of one file.</summary>
internal sealed class FileProblems(string file, List<DefinitionProblem> all)
{
    public string File { get; } = file;

    public void Add(Place place, string message, string? fix = null) =>
        all.Add(new DefinitionProblem(File, place.Line, place.Column, message, fix));
}
