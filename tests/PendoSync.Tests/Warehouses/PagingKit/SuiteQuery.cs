using System.Globalization;
using System.Text.RegularExpressions;

namespace PendoSync.Tests.Warehouses.PagingKit;

/// <summary>The few statements a warehouse may send, taken apart; a stand-in answers these and refuses every other.</summary>
/// <param name="Table">As quoted in the statement, without its quotes.</param>
/// <param name="Cursor">Column of <c>column >= … or column is null</c>.</param>
/// <param name="AtLeast">What the cursor is compared with.</param>
/// <param name="Key">Column of <c>text(column) = marker</c>, or of a number that the statement holds.</param>
/// <param name="Equal">What the key is compared with.</param>
/// <param name="One">True: at most one row.</param>
internal sealed partial record SuiteQuery(string Table, string? Cursor, string? AtLeast, string? Key, string? Equal, bool One)
{
    /// <summary>What becomes of a model whose SQL is "select cell".</summary>
    public const string Cell = "select * from (select cell\n) as pendosync_model";

    /// <summary>Null when the statement is none of these.</summary>
    public static SuiteQuery? Parse(string sql)
    {
        var match = Form().Match(sql);
        return match.Success
            ? new SuiteQuery(match.Groups["table"].Value, Group("cursor"), Group("least"), Group("key"), Group("equal"),
                match.Groups["one"].Success)
            : null;

        string? Group(string name) => match.Groups[name].Success ? match.Groups[name].Value : null;
    }

    /// <summary>The rows, filtered with the parameter's value as the system itself would.</summary>
    public IEnumerable<SuiteRow> Run(IEnumerable<SuiteRow> rows, string? parameter)
    {
        var filtered = (Cursor?.ToLowerInvariant(), Key?.ToLowerInvariant()) switch
        {
            ("id", _) when decimal.Parse(parameter!, CultureInfo.InvariantCulture) is var least => rows.Where(r => r.Id >= least),
            ("updated_at", _) when DateTimeOffset.Parse(parameter!, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal) is var least =>
                rows.Where(r => r.UpdatedAt is null || r.UpdatedAt >= least),
            (_, "id") => rows.Where(r => r.Id.ToString(CultureInfo.InvariantCulture) == (parameter ?? Equal)),
            (_, "name") => rows.Where(r => r.Name == parameter),
            _ => rows,
        };
        return One ? filtered.Take(1) : filtered;
    }

    [GeneratedRegex("""
        ^select\ \*\ from\ ["`](?<table>[^"`]+)["`]
        (\ where\ (["`](?<cursor>[^"`]+)["`]\ >=\ (?<least>.+)\ or\ ["`]\k<cursor>["`]\ is\ null
            |(\w+\()*["`](?<key>[^"`]+)["`](\ as\ \w+)?\)*\ =\ (?<equal>\S+)(\ or\ try_cast\(.+)?))?
        (?<one>\ limit\ 1)?$
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
