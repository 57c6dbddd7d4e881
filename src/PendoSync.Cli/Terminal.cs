using PendoSync.Reports;

namespace PendoSync.Cli;

/// <summary>
/// Where a command writes: results to stdout, progress and problems to stderr. With <see cref="Json"/> stdout holds exactly one JSON value.
/// </summary>
internal sealed class Terminal(TextWriter output, TextWriter error)
{
    private bool _answered;

    /// <summary>True for <c>--json</c>.</summary>
    public bool Json { get; set; }

    /// <summary>True when a person watches stderr.</summary>
    public bool IsWatched => !Console.IsErrorRedirected;

    /// <summary>A result for people; nothing with <c>--json</c>.</summary>
    public void Say(string line = "")
    {
        if (!Json)
            output.WriteLine(line);
    }

    /// <summary>Progress and remarks.</summary>
    public void Remark(string line) => error.WriteLine(line);

    /// <summary>The one JSON value of the command; nothing without <c>--json</c>.</summary>
    public void Answer<T>(T value)
    {
        if (!Json || _answered)
            return;
        _answered = true;
        output.WriteLine(ReportJson.Write(value));
    }

    /// <summary>A problem, for people and as the JSON value.</summary>
    public int Fail(Problem problem)
    {
        Answer(new ErrorReport(problem));
        Show(problem);
        return ExitCodes.Of(problem.Kind);
    }

    /// <summary>A problem, for people only.</summary>
    public void Show(Problem problem)
    {
        Remark("error: " + (problem.Place is null ? problem.Message : $"{problem.Place}: {problem.Message}"));
        if (problem.Fix is not null)
            Remark("  fix: " + problem.Fix);
    }
}
