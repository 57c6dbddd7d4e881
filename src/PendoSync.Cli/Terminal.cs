using PendoSync.Cli.Output;
using PendoSync.Reports;

namespace PendoSync.Cli;

/// <summary>
/// Where a command writes: results to stdout, progress and problems to stderr. With <see cref="Json"/> stdout holds exactly one JSON value.
/// What comes from elsewhere (keys, reasons, names) never steers the terminal.
/// </summary>
/// <param name="output">stdout.</param>
/// <param name="error">stderr.</param>
/// <param name="isConsole">They are this process's own, so a person may sit there; otherwise nobody is shown or asked anything.</param>
internal sealed class Terminal(TextWriter output, TextWriter error, bool isConsole = false)
{
    private bool _answered;

    /// <summary>The console of this process.</summary>
    public static Terminal OfConsole() => new(Console.Out, Console.Error, isConsole: true);

    /// <summary>True for <c>--json</c>.</summary>
    public bool Json { get; set; }

    /// <summary>The project's folder as it was given; null: it was not. Hints repeat it.</summary>
    public string? Project { get; set; }

    /// <summary>True when a person watches stderr.</summary>
    public bool IsWatched => isConsole && !Console.IsErrorRedirected;

    /// <summary>A result for people; nothing with <c>--json</c>.</summary>
    public void Say(string line = "")
    {
        if (!Json)
            output.WriteLine(PlainText.Line(Typed(line)));
    }

    /// <summary>Text of the library or of our own, such as help and scripts, line by line as it is.</summary>
    public void Write(string text) => output.Write(text);

    /// <summary>A table: as wide as the terminal (80 columns when it does not say), whole in a pipe.</summary>
    public void Say(TextTable table)
    {
        if (!Json)
            output.WriteLine(table.ToString(isConsole && !Console.IsOutputRedirected ? Width() : null));
    }

    /// <summary>Asks whether to go on; without a terminal nobody is asked.</summary>
    public bool Confirms(string question)
    {
        if (Json || !IsWatched || Console.IsInputRedirected)
            return true;
        // Prepared before somebody is asked: an answer that comes before the terminal is ready would be lost.
        var input = Console.In;
        error.Write($"{question} [y/N] ");
        return input.ReadLine() is { } answer && answer.Trim() is "y" or "Y" or "yes";
    }

    /// <summary>Progress and remarks.</summary>
    public void Remark(string line) => error.WriteLine(PlainText.Line(Typed(line)));

    private string Typed(string line) => OwnCommand.InHints(line, Project, OwnCommand.Line);

    /// <summary>The one JSON value of the command; nothing without <c>--json</c>.</summary>
    public void Answer<T>(T value)
    {
        if (!Json || _answered)
            return;
        _answered = true;
        // Escaped as JSON itself does, so the value stays the same.
        output.WriteLine(PlainText.Lines(ReportJson.Write(value)));
    }

    /// <summary>A problem, for people and as the JSON value.</summary>
    public int Fail(Problem problem)
    {
        try
        {
            Answer(new ErrorReport(problem));
        }
        catch (ProblemException)
        {
            // The problem may be that stdout takes nothing.
        }

        Show(problem);
        return ExitCodes.Of(problem.Kind);
    }

    private static int Width()
    {
        try
        {
            return Console.WindowWidth is var width and > 0 ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    /// <summary>A problem, for people only.</summary>
    public void Show(Problem problem)
    {
        Remark("error: " + (problem.Place is null ? problem.Message : $"{problem.Place}: {problem.Message}"));
        if (problem.Fix is not null)
            Remark("  fix: " + problem.Fix);
    }
}
