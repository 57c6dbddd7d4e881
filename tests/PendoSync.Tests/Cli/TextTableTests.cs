using System.Text.RegularExpressions;
using PendoSync.Cli.Commands;
using PendoSync.Cli.Output;
using PendoSync.Reports;

namespace PendoSync.Tests.Cli;

/// <summary>The tables of the command line, with the largest cells that each verb puts into them.</summary>
public sealed class TextTableTests
{
    [Fact]
    public void Instants_a_sync_is_due_at_fit_into_80_columns()
    {
        var start = new DateTimeOffset(2026, 11, 27, 3, 15, 0, TimeSpan.FromHours(1));
        var syncs = new[] { ("visitor-health", 0.25), ("a-name-of-thirty-characters-and", 168), ("fast", 0.001) }
            .Select(s =>
                new SyncStatus { Name = s.Item1, NextTimes = [.. Enumerable.Range(0, 5).Select(i => start.AddHours(i * s.Item2))] });
        var lines = StatusCommand.Due(syncs).ToString(80).Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.Contains(lines, line => line.Contains("Fri 2026-11-27 03:15:00+01:00, 03:30, 03:45,", StringComparison.Ordinal));
        Assert.Contains("04:15", string.Join(' ', lines), StringComparison.Ordinal);
    }

    private const string Sync = "visitors-of-the-north-and-of-the-south-who-came-last-year";
    private const string Id = $"{Sync}-251606569531691f18a";
    private const string Time = "2026-11-26 09:00:00Z";
    private const string Reason = "column 'last_login_at': the value is not a time, or lies before the year 1970 (not_a_time)";

    public static TheoryData<string> Verbs => ["status", "runs", "many", "problems"];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void On_a_terminal_of_80_columns_it_fits_and_no_instant_state_or_number_is_broken(string verb)
    {
        var lines = TableOf(verb).ToString(80).Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        foreach (var whole in CellsOf(verb).OfType<string>().Where(c => c.EndsWith('Z') || Regex.IsMatch(c, "^[a-z_]{1,21}$")
            || (c == Id && verb == "runs")))
            Assert.Contains(lines, line => line.Contains(whole, StringComparison.Ordinal));
        foreach (var number in CellsOf(verb).OfType<long>())
            Assert.Contains(lines, line => Regex.IsMatch(line, $@"(^| ){number:N0}( |$)"));
        Assert.DoesNotContain("…", string.Concat(lines), StringComparison.Ordinal);
        // Put together again, nothing is missing.
        foreach (var cell in CellsOf(verb).OfType<string>().SelectMany(c => c.Split(' ')))
            Assert.Contains(cell, Joined(lines), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void In_a_pipe_every_row_is_a_line_with_whole_cells(string verb)
    {
        var lines = TableOf(verb).ToString(null).Split('\n');
        Assert.Equal(3, lines.Length);
        // Columns stand one below the other.
        Assert.Equal(lines[0].IndexOf(verb == "problems" ? "REASON" : verb == "status" ? "AS OF" : "RUN", StringComparison.Ordinal),
            lines[1].IndexOf((string)CellsOf(verb).Last()!, StringComparison.Ordinal));
        foreach (var cell in CellsOf(verb))
            Assert.Contains(cell is long number ? $"{number:N0}" : (string)cell!, lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_beside_the_others_stands_below_and_where_nothing_fits_each_cell_has_a_line()
    {
        Assert.Contains("  " + Id, TableOf("runs").ToString(80).Split('\n'));
        Assert.Contains("\nACCEPTED  39,999,998\n", TableOf("many").ToString(80), StringComparison.Ordinal);
        foreach (var width in Enumerable.Range(20, 200))
            Assert.All(TableOf("problems").ToString(width).Split('\n'), line => Assert.InRange(line.Length, 0, Math.Max(width, 33)));
        var empty = new TextTable("A", "B");
        Assert.Equal("A  B", empty.ToString(80));
        var wide = new TextTable("KEY", "OUTCOME");
        wide.Add("会社会社", "accepted");
        Assert.Equal("KEY       OUTCOME\n会社会社  accepted", wide.ToString(80));
    }

    private static TextTable TableOf(string verb)
    {
        var table = verb switch
        {
            "status" => new TextTable("SYNC", "HEALTH", "STATE", "IN STEP", "AS OF"),
            "runs" or "many" => new TextTable("STARTED", "STATE", "READ", "SENT", "ACCEPTED", "REFUSED", "SECONDS", "RUN"),
            _ => new TextTable("KEY", "OUTCOME", "TRIES", "RETRY SCHEDULED", "REASON"),
        };
        table.Add([.. CellsOf(verb)]);
        table.Add([.. CellsOf(verb).Select((c, i) => i is 0 or > 3 && c is string ? "\u001b[31m\nx" : c)]);
        return table;
    }

    private static IEnumerable<object?> CellsOf(string verb) => verb switch
    {
        "status" => [Sync, "degraded", "delivering", "39,999,999 of 40,000,000", Time],
        "runs" => [Time, "completed with errors", 999_999L, 999_998L, 999_997L, 1_234L, 86_399L, Id],
        "many" => [Time, "completed with errors", 40_000_000L, 39_999_999L, 39_999_998L, 12_345_678L, 2_345_678L, Id],
        _ => ["somebody.with.a.long.name@a-company-with-a-long-name.example", "not_found", 12L, Time, Reason],
    };

    // The words of each column, one below the other, as a reader puts them together.
    private static string Joined(string[] lines)
    {
        var words = lines.SelectMany(l => Regex.Matches(l, @"\S+").Select(m => (m.Index, m.Value))).GroupBy(w => w.Index);
        return string.Join(' ', lines) + " " + string.Join(' ', words.Select(g => string.Concat(g.Select(w => w.Value))));
    }
}
