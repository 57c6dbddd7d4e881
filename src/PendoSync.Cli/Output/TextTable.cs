using System.Globalization;
using System.Text;
using PendoSync.Reports;
using Spectre.Console.Rendering;

namespace PendoSync.Cli.Output;

/// <summary>Columns of text, aligned by spaces: the same on a terminal and in a pipe. Numbers stand to the right.</summary>
internal sealed class TextTable(params string[] heads)
{
    private const int MaxWidth = 70;
    private readonly List<(string Text, bool Right)[]> _rows = [];

    /// <summary>Adds a row; null is a dash.</summary>
    public void Add(params object?[] cells) => _rows.Add([.. cells.Select(Cell)]);

    /// <inheritdoc/>
    public override string ToString()
    {
        var right = heads.Select((_, i) => _rows.Count > 0 && _rows.Any(r => r[i].Right)).ToArray();
        var widths = heads.Select((head, i) => _rows.Select(r => Width(r[i].Text)).Append(head.Length).Max()).ToArray();
        var text = new StringBuilder();
        Write([.. heads]);
        foreach (var row in _rows)
            Write([.. row.Select(c => c.Text)]);
        return text.ToString().TrimEnd('\n');

        void Write(string[] cells)
        {
            var line = string.Join("  ", cells.Select((cell, i) =>
                new string(' ', widths[i] - Width(cell)) is var blanks && right[i] ? blanks + cell : cell + blanks));
            text.Append(line.TrimEnd()).Append('\n');
        }
    }

    // Some scripts take two columns of a terminal a character, and marks none.
    private static int Width(string text) => new Segment(text).CellCount();

    private static (string, bool) Cell(object? value) => value switch
    {
        null => ("-", false),
        int or long => (Words.Count(Convert.ToInt64(value, CultureInfo.InvariantCulture)), true),
        double seconds => (seconds.ToString("0.0", CultureInfo.InvariantCulture), true),
        _ => (ShownText.Cut(PlainText.Line(value.ToString()?.ReplaceLineEndings(" ") ?? ""), MaxWidth), false),
    };
}
