using System.Globalization;
using System.Text.RegularExpressions;

namespace PendoSync.Warehouses.GoogleSheets;

/// <summary>
/// A range of cells in A1 notation with both corners, as the API answers it: <c>'My sheet'!A1:Z1000</c>.
/// https://developers.google.com/workspace/sheets/api/guides/concepts#cell
/// </summary>
/// <param name="Sheet">The sheet's name in its quotes, if it has them.</param>
/// <param name="FirstColumn">Letters.</param>
/// <param name="FirstRow">From 1; the header.</param>
/// <param name="LastColumn">Letters.</param>
/// <param name="LastRow">The last row.</param>
internal sealed partial record SheetRange(string Sheet, string FirstColumn, int FirstRow, string LastColumn, int LastRow)
{
    /// <summary>Reads what the API answered; null when it is no such range.</summary>
    public static SheetRange? Parse(string text)
    {
        var match = Pattern().Match(text);
        if (!match.Success)
            return null;
        var (column, row) = (match.Groups["c1"].Value, Number(match.Groups["r1"]));
        // A range of one cell has one corner.
        return match.Groups["c2"].Success
            ? new SheetRange(match.Groups["sheet"].Value, column, row, match.Groups["c2"].Value, Number(match.Groups["r2"]))
            : new SheetRange(match.Groups["sheet"].Value, column, row, column, row);
    }

    /// <summary>Some rows of the range, at most to its end.</summary>
    public string Rows(int first, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"{Sheet}!{FirstColumn}{first}:{LastColumn}{Math.Min(LastRow, first + count - 1)}");

    private static int Number(Group digits) => int.Parse(digits.Value, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex("^(?<sheet>.+)!(?<c1>[A-Z]+)(?<r1>[0-9]+)(:(?<c2>[A-Z]+)(?<r2>[0-9]+))?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pattern();
}
