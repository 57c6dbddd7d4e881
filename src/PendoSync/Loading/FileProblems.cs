using PendoSync.Definitions;

namespace PendoSync.Loading;

/// <summary>Collects the problems of one file.</summary>
internal sealed class FileProblems(string file, List<DefinitionProblem> all)
{
    private readonly List<DefinitionProblem> _own = [];

    public string File { get; } = file;

    /// <summary>What keeps this file from being used, told here or at another file.</summary>
    public IReadOnlyList<DefinitionProblem> Own => _own;

    /// <summary>Tells a problem.</summary>
    public DefinitionProblem Add(Place place, string message, string? fix = null)
    {
        var problem = new DefinitionProblem(File, place.Line, place.Column, message, fix);
        all.Add(problem);
        _own.Add(problem);
        return problem;
    }

    /// <summary>Takes a problem that is told at another file: one cause is told once.</summary>
    public void Share(DefinitionProblem told) => _own.Add(told);

    /// <summary>Problems added after there were so many.</summary>
    public IReadOnlyList<DefinitionProblem> Since(int count) => [.. _own.Skip(count)];
}
