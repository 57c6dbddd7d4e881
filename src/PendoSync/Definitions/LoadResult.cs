namespace PendoSync.Definitions;

/// <summary>One thing to mend in what the user wrote.</summary>
/// <param name="File">Relative to the project folder, with forward slashes.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">What was found and what is allowed; never a secret's value.</param>
/// <param name="Fix">What to do; null when the message says it all.</param>
public sealed record DefinitionProblem(string File, int Line, int Column, string Message, string? Fix)
{
    /// <summary>One line, in the form editors and terminals turn into a link.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}: {Message}" + (Fix is null ? "" : $" Fix: {Fix}");

    /// <summary>The first of several, and how many more there are.</summary>
    internal static Problem Summary(IReadOnlyList<DefinitionProblem> problems)
    {
        var first = problems[0];
        var more = problems.Count > 1 ? $" (and {problems.Count - 1} more: see pendosync validate)" : "";
        return new Problem(ProblemKind.Configuration, first.Message + more, $"{first.File}:{first.Line}:{first.Column}", first.Fix);
    }
}

/// <summary>What loading gave: a project, or every problem of every file at once, and what can run in spite of them.</summary>
/// <param name="Project">Null when there is any problem.</param>
/// <param name="Problems">By file, line and column.</param>
public sealed record LoadResult(Project? Project, IReadOnlyList<DefinitionProblem> Problems)
{
    /// <summary>
    /// The project with what can run; what cannot is in <see cref="Project.Broken"/>. Null when pendosync.yaml as a whole cannot be used.
    /// </summary>
    public Project? Runnable { get; init; } = Project;

    /// <summary>Every file that was read or looked for, with its full path; empty for a project in memory.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The project with what can run.</summary>
    /// <exception cref="ProblemException">Configuration: nothing can; the first problem, and how many more there are.</exception>
    public Project Require() => Runnable ?? throw new ProblemException(DefinitionProblem.Summary(Problems));
}
