using PendoSync.Definitions;

namespace PendoSync.Loading;

/// <summary>Collects the problems of one file.</summary>
internal sealed class FileProblems
{
    private readonly List<DefinitionProblem> _all;
    private readonly List<DefinitionProblem> _own;

    private FileProblems(string file, List<DefinitionProblem> all, List<DefinitionProblem> own) => (File, _all, _own) = (file, all, own);

    /// <summary>Collects them.</summary>
    /// <param name="file">Relative to the project.</param>
    /// <param name="all">The problems of all files.</param>
    public FileProblems(string file, List<DefinitionProblem> all)
        : this(file, all, [])
    {
    }

    public string File { get; }

    /// <summary>What keeps this file from being used, told here or at another file.</summary>
    public IReadOnlyList<DefinitionProblem> Own => _own;

    /// <summary>Tells a problem.</summary>
    public DefinitionProblem Add(Place place, string message, string? fix = null)
    {
        var problem = new DefinitionProblem(File, place.Line, place.Column, message, fix);
        _all.Add(problem);
        _own.Add(problem);
        return problem;
    }

    /// <summary>Takes a problem that is told at another file: one cause is told once.</summary>
    public void Share(DefinitionProblem told) => _own.Add(told);

    /// <summary>Takes what is wrong with another file as its own.</summary>
    public FileProblems Of(string other) => new(other, _all, _own);

    /// <summary>Problems added after there were so many.</summary>
    public IReadOnlyList<DefinitionProblem> Since(int count) => [.. _own.Skip(count)];
}
