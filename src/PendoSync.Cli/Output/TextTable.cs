using System.Globalization;
using PendoSync.Reports;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PendoSync.Cli.Output;

/// <summary>Columns of text. On a terminal they fit its width; in a pipe every cell is whole. Numbers stand to the right.</summary>
internal sealed class TextTable(params string[] heads)
{
    private const int Unbounded = 100_000;
    private readonly List<(string Text, bool Right)[]> _rows = [];

    /// <summary>Adds a row; null is a dash.</summary>
    public void Add(params object?[] cells) => _rows.Add([.. cells.Select(Cell)]);

    /// <summary>The table.</summary>
    /// <param name="width">Columns of the terminal; null: no terminal, so nothing is wrapped.</param>
    public string ToString(int? width)
    {
        var table = new Table().NoBorder().HideHeaders();
        for (var i = 0; i < heads.Length; i++)
        {
            var column = i;
            var right = _rows.Any(r => r[column].Right);
            table.AddColumn(new TableColumn("")
            {
                Alignment = right ? Justify.Right : Justify.Left,
                NoWrap = right || _rows.All(r => IsWhole(r[column].Text)),
                Padding = new Padding(0, 0, i == heads.Length - 1 ? 0 : 2, 0),
            });
        }

        table.AddRow(heads.Select(IRenderable (head) => new Text(head)));
        foreach (var row in _rows)
            table.AddRow(row.Select(IRenderable (cell) => new Text(cell.Text)));
        using var text = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = width ?? Unbounded;
        console.Write(table);
        return string.Join('\n', text.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd()));
    }

    /// <inheritdoc/>
    public override string ToString() => ToString(null);

    // An instant, a state, a dash: broken, they would be read as something else.
    private static bool IsWhole(string text) => text.Length <= 21 && (text.Length == 0 || text == "-" || text.EndsWith('Z')
        || text.All(c => char.IsAsciiLetterLower(c) || c is '_' or ' '));

    private static (string, bool) Cell(object? value) => value switch
    {
        null => ("-", false),
        int or long => (Words.Count(Convert.ToInt64(value, CultureInfo.InvariantCulture)), true),
        double seconds => (seconds.ToString("0.0", CultureInfo.InvariantCulture), true),
        _ => (PlainText.Line((value.ToString() ?? "").ReplaceLineEndings(" ")), false),
    };
}
