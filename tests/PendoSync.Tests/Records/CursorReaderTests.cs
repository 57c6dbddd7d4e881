using PendoSync.Definitions;
using PendoSync.Records;

namespace PendoSync.Tests.Records;

public sealed class CursorReaderTests
{
    private static readonly SyncDefinition _sync = TestSyncs.Visitors with { Model = new Model { Table = "t", Cursor = "c" } };

    public static TheoryData<object, Type, string, string> Values => new()
    {
        { 7, typeof(int), "", "n:7" },
        { ulong.MaxValue, typeof(ulong), "", "n:18446744073709551615" },
        { 1.50m, typeof(decimal), "", "n:1.50" },
        { "12345678901234567890.5", typeof(string), "numeric", "n:12345678901234567890.5" },
        { "0.0000000000000000000000000000000", typeof(string), "numeric", "n:0.0000000000000000000000000000" },
        { 1700000000.1234567, typeof(double), "", "n:1700000000.1234567" },
        { 1.5f, typeof(float), "", "n:1.5" },
        { new DateOnly(2026, 3, 1), typeof(DateOnly), "", "d:2026-03-01" },
        { TestRows.At("2026-03-01T10:00:00"), typeof(DateTime), "timestamp", "t:2026-03-01T10:00:00.0000000" },
        { TestRows.At("2026-03-01T10:00:00Z"), typeof(DateTime), "timestamptz", "i:2026-03-01T10:00:00.0000000Z" },
        { new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.FromHours(2)), typeof(DateTimeOffset), "", "i:2026-03-01T08:00:00.0000000Z" },
        { "2026-03-01T10:00:00Z", typeof(string), "", "s:2026-03-01T10:00:00Z" },
        { 7L, typeof(object), "", "n:7" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_with_an_order_is_read_exactly(object value, Type type, string system, string expected)
    {
        var row = TestRows.Cell(value, type, system);
        var reader = new CursorReader(_sync, row.Columns, row);

        Assert.Equal(expected, reader.Read(row).ToString());
        Assert.Equal(expected, reader.Largest.ToString());
    }

    [Fact]
    public void The_largest_value_is_kept_and_nulls_do_not_count()
    {
        var rows = new TestRows([new("c", typeof(int))], [3], [null], [9], [5]);
        var reader = new CursorReader(_sync, rows.Columns, rows);
        var read = new List<string?>();
        while (rows.Read())
            read.Add(reader.Read(rows)?.ToString());

        Assert.Equal(["n:3", null, "n:9", "n:5"], read);
        Assert.Equal("n:9", reader.Largest.ToString());
    }

    public static TheoryData<object, Type> Disorderly => new()
    {
        { double.NaN, typeof(double) },
        { 1e300, typeof(double) },
        { 1e-30, typeof(double) },
        { "0.00000000000000000000000000006", typeof(decimal) },
        { "12345678901234567890123456789.6", typeof(decimal) },
        { "yesterday", typeof(string) },
        { true, typeof(object) },
    };

    [Theory]
    [MemberData(nameof(Disorderly))]
    public void A_value_without_order_ends_the_read_with_a_fix(object value, Type type)
    {
        // A decimal as text is one that may be wider than .NET's.
        var row = TestRows.Cell(value, type == typeof(decimal) ? typeof(string) : type, type == typeof(decimal) ? "numeric" : "");
        var problem = Assert.Throws<ProblemException>(() => new CursorReader(_sync, row.Columns, row).Read(row)).Problem;

        Assert.Equal(ProblemKind.Configuration, problem.Kind);
        Assert.NotNull(problem.Fix);
    }

    [Fact]
    public void Texts_of_two_shapes_and_cells_of_two_types_are_refused()
    {
        Refused(new TestRows([new("c", typeof(string))], ["2026-03-01T10:00:00Z"], ["2026-03-01 10:00:00Z"]));
        Refused(new TestRows([new("c", typeof(string))], ["2026-03-01T10:00:00+01:00"], ["2026-03-01T10:00:00+02:00"]));
        Refused(new TestRows([new("c", typeof(object))], [1L], ["2026-03-01T10:00:00Z"]));

        static void Refused(TestRows rows)
        {
            var reader = new CursorReader(_sync, rows.Columns, rows);
            rows.Read();
            reader.Read(rows);
            rows.Read();
            Assert.Throws<ProblemException>(() => reader.Read(rows));
        }
    }

    [Theory]
    // events, type of the cursor, its unit, lookback of time, lookback of values, what is wrong
    [InlineData(true, typeof(int), false, 0, 0, "holds plain numbers, and the lookback is a time")]
    [InlineData(true, typeof(int), false, 60, 0, "holds plain numbers, and the lookback is a time")]
    [InlineData(true, typeof(decimal), false, 60, 0, "holds plain numbers, and the lookback is a time")]
    [InlineData(true, typeof(double), false, 60, 0, "holds plain numbers, and the lookback is a time")]
    [InlineData(true, typeof(int), false, 0, 1000, null)]
    [InlineData(true, typeof(int), true, 60, 0, null)]
    [InlineData(true, typeof(int), true, 0, 1000, "and the lookback counts values")]
    [InlineData(true, typeof(DateTime), false, 60, 0, null)]
    [InlineData(true, typeof(DateTime), false, 0, 1000, "and the lookback counts values")]
    [InlineData(false, typeof(DateTime), false, 0, 1000, "and the lookback counts values")]
    [InlineData(false, typeof(int), false, 60, 0, null)]
    [InlineData(false, typeof(int), false, 0, 1000, null)]
    public void A_lookback_of_the_other_kind_is_refused_where_it_would_lose_something(bool events, Type type, bool unit, int seconds,
        int values, string? wrong)
    {
        var sync = (events ? TestSyncs.Events : TestSyncs.Visitors) with
        {
            Model = new Model
            {
                Table = "t",
                Cursor = "c",
                CursorUnit = unit ? InstantUnit.Seconds : null,
                Lookback = new(TimeSpan.FromSeconds(seconds), values),
            },
        };
        var rows = new TestRows([new("c", type, type == typeof(DateTime) ? "timestamptz" : "")]);
        if (wrong is null)
        {
            _ = new CursorReader(sync, rows.Columns, rows);
            return;
        }

        var problem = Assert.Throws<ProblemException>(() => new CursorReader(sync, rows.Columns, rows)).Problem;
        Assert.Contains("the cursor column 'c' ", problem.Message);
        Assert.Contains(wrong, problem.Message);
        Assert.Equal((ProblemKind.Configuration, $"sync '{sync.Name}', cursor"), (problem.Kind, problem.Place));
        Assert.Contains(values > 0 ? "such as `lookback: 1h`" : "Write `lookback: 1000` in syncs/visitors.yaml", problem.Fix);
        Assert.EndsWith(values > 0 ? "counts values" : "becomes visible after a higher number is lost", problem.Message);
        Assert.EndsWith(values > 0 ? "`lookback: 1h`." : "or `unit: s` or `unit: ms` if the number is a time.", problem.Fix);
    }

    [Theory]
    [InlineData(double.PositiveInfinity, "holds NaN, Infinity, or a number with more than 28 digits")]
    [InlineData("yesterday", "'c' holds values that are not RFC 3339 of one shape")]
    [InlineData(true, "holds values that have no order in time")]
    public void What_has_no_order_is_said(object value, string message)
    {
        var row = TestRows.Cell(value, value is true ? typeof(object) : null);
        var problem = Assert.Throws<ProblemException>(() => new CursorReader(_sync, row.Columns, row).Read(row)).Problem;

        Assert.Contains(message, problem.Message);
        Assert.Equal("sync 'visitors', cursor", problem.Place);
        Assert.Contains("the model's SQL", problem.Fix);
    }

    [Fact]
    public void A_missing_column_and_one_without_order_are_named_before_reading()
    {
        var bytes = new TestRows([new("C", typeof(byte[]), "bytea")]);
        Assert.Contains("bytea", Assert.Throws<ProblemException>(() => new CursorReader(_sync, bytes.Columns, bytes)).Problem.Message);
        var other = new TestRows([new("x", typeof(int))]);
        Assert.Contains("no column 'c'",
            Assert.Throws<ProblemException>(() => new CursorReader(_sync, other.Columns, other)).Problem.Message);
    }
}
