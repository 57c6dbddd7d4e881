using System.Globalization;
using PendoSync.Reports;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PendoSync.Cli.Output;

/// <summary>
/// Columns of text; numbers stand to the right. In a pipe every cell is whole. On a terminal they fit its width: texts are wrapped, what
/// would be misread when broken (an instant, a state, a number, an id at the end) never is. Where that leaves no room, the last column
/// moves below each row, and then every cell stands on a line of its own.
/// </summary>
internal sealed class TextTable(params string[] heads)
{
    private const int Gap = 2;
    private const int LongestWhole = 21;
    // A text is not wrapped into a column narrower than that, unless its words are shorter.
    private const int Narrowest = 16;
    private readonly List<(string Text, bool Right)[]> _rows = [];

    /// <summary>Adds a row; null is a dash.</summary>
    public void Add(params object?[] cells) => _rows.Add([.. cells.Select(Cell)]);

    /// <summary>The table.</summary>
    /// <param name="width">Columns of the terminal; null: no terminal, so nothing is wrapped.</param>
    public string ToString(int? width)
    {
        var last = heads.Length - 1;
        if (width is not { } limit)
            return string.Join('\n', Lines(heads.Length, int.MaxValue));
        if (Least(heads.Length) <= limit)
            return string.Join('\n', Lines(heads.Length, limit));
        if (Least(last) > limit || _rows.Any(r => Least(r, last) > limit - Gap))
            return string.Join('\n', _rows.Select(row => Card(row, limit)));
        return string.Join('\n', Lines(last, limit, row => Wrapped(row[last].Text, limit - Gap)));
    }

    /// <inheritdoc/>
    public override string ToString() => ToString(null);

    private List<string> Lines(int columns, int limit, Func<(string Text, bool Right)[], IEnumerable<string>>? below = null)
    {
        var widths = WidthsOf(columns, limit);
        List<string> lines = [.. Row([.. heads.Select((head, i) => (head, IsRight(i)))], widths)];
        foreach (var row in _rows)
        {
            lines.AddRange(Row(row, widths));
            lines.AddRange((below?.Invoke(row) ?? []).Select(line => new string(' ', Gap) + line));
        }

        return lines;
    }

    // The widest text gives way first.
    private int[] WidthsOf(int columns, int limit)
    {
        var widths = Enumerable.Range(0, columns).Select(Natural).ToArray();
        while (widths.Sum() + (Gap * (columns - 1)) > limit)
        {
            widths[Enumerable.Range(0, columns).Where(c => widths[c] > LeastOf(c)).MaxBy(c => widths[c])]--;
        }

        return widths;
    }

    private static IEnumerable<string> Row((string Text, bool Right)[] row, int[] widths)
    {
        var cells = widths.Select((width, i) => Wrapped(row[i].Text, width)).ToArray();
        for (var line = 0; line < cells.Max(c => c.Length); line++)
            yield return string.Join(new string(' ', Gap), cells.Select((cell, i) =>
                Padded(line < cell.Length ? cell[line] : "", widths[i], row[i].Right))).TrimEnd();
    }

    private string Card((string Text, bool Right)[] row, int limit)
    {
        var label = heads.Max(Width) + Gap;
        return string.Join('\n', heads.SelectMany((head, i) => Wrapped(row[i].Text, Math.Max(Narrowest, limit - label))
            .Select((line, n) => Padded(n == 0 ? head : "", label, right: false) + line))) + "\n";
    }

    // The narrowest that the first columns can be together.
    private int Least(int columns) => Enumerable.Range(0, columns).Sum(LeastOf) + (Gap * Math.Max(0, columns - 1));

    private int LeastOf(int column) => Math.Max(Width(heads[column]), _rows.Select(r => Least(r, column)).DefaultIfEmpty().Max());

    private int Least((string Text, bool Right)[] row, int column) => row[column] is var cell && (cell.Right
        || IsWhole(cell.Text, column == heads.Length - 1)) ? Width(cell.Text) : Math.Min(Narrowest, cell.Text.Split(' ').Max(Width));

    private int Natural(int column) => Math.Max(Width(heads[column]), _rows.Select(r => Width(r[column].Text)).DefaultIfEmpty().Max());

    private bool IsRight(int column) => _rows.Any(r => r[column].Right);

    // An instant, a word, a dash; at the end of a row an id.
    private static bool IsWhole(string text, bool last) => (text.EndsWith('Z') && text.Length <= LongestWhole)
        || (!text.Contains(' ', StringComparison.Ordinal) && (last || text == "-" || (text.Length <= LongestWhole
            && text.All(c => char.IsAsciiLetterLower(c) || c == '_'))));

    private static string Padded(string text, int width, bool right)
    {
        var blanks = new string(' ', Math.Max(0, width - Width(text)));
        return right ? blanks + text : text + blanks;
    }

    private static int Width(string text) => new Segment(text).CellCount();

    private static string[] Wrapped(string text, int width)
    {
        if (Width(text) <= width)
            return [text];
        using var lines = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(lines),
        });
        console.Profile.Width = width;
        console.Write(new Text(text));
        return [.. lines.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd())];
    }

    private static (string, bool) Cell(object? value) => value switch
    {
        null => ("-", false),
        int or long => (Words.Count(Convert.ToInt64(value, CultureInfo.InvariantCulture)), true),
        double seconds => (seconds.ToString("0.0", CultureInfo.InvariantCulture), true),
        _ => (PlainText.Line((value.ToString() ?? "").ReplaceLineEndings(" ")), false),
    };
}
