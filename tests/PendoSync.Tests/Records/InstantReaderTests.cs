using System.Text;
using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Values;

namespace PendoSync.Tests.Records;

/// <summary>When an event happened, from every type of column that can say it.</summary>
public sealed class InstantReaderTests
{
    private static readonly TimeZoneInfo _berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    public static TheoryData<object?, Type, string, InstantUnit?, string> Cells => new()
    {
        { null, typeof(string), "", null, Rules.NoTimestamp },
        { 1772362800, typeof(int), "", InstantUnit.Seconds, "2026-03-01T11:00:00" },
        { 1772362800123L, typeof(long), "", InstantUnit.Milliseconds, "2026-03-01T11:00:00.123" },
        { 1772362800, typeof(int), "", null, Rules.NotTime },
        { long.MaxValue, typeof(long), "", InstantUnit.Seconds, Rules.NotTime },
        { ulong.MaxValue, typeof(ulong), "", InstantUnit.Seconds, Rules.OutOfRange },
        { TestRows.At("2026-03-01T11:00:00Z"), typeof(DateTime), "timestamptz", null, "2026-03-01T11:00:00" },
        { new DateTimeOffset(2026, 3, 1, 11, 0, 0, TimeSpan.FromHours(5)), typeof(DateTimeOffset), "", null, "2026-03-01T06:00:00" },
        { new DateOnly(2026, 3, 1), typeof(DateOnly), "", null, "2026-03-01T00:00:00" },
        { TestRows.At("2026-03-01T00:00:00"), typeof(DateTime), "date", null, "2026-03-01T00:00:00" },
        { TestRows.At("2026-03-01T11:00:00"), typeof(DateTime), "timestamp", null, "2026-03-01T10:00:00" },
        { TestRows.At("2026-03-29T02:30:00"), typeof(DateTime), "timestamp", null, Rules.NoSuchTime },
        { "2026-03-01T11:00:00", typeof(string), "", null, "2026-03-01T10:00:00" },
        { "2026-03-01T11:00:00Z", typeof(string), "", null, "2026-03-01T11:00:00" },
        { "yesterday", typeof(string), "", null, Rules.NotTime },
        { "no time", typeof(DateTime), "timestamptz", null, Rules.OutOfRange },
        // In a column whose type is known only cell by cell.
        { 1772362800L, typeof(object), "", InstantUnit.Seconds, "2026-03-01T11:00:00" },
        { "2026-03-01T11:00:00Z", typeof(object), "", null, "2026-03-01T11:00:00" },
        { new DateOnly(2026, 3, 1), typeof(object), "", null, "2026-03-01T00:00:00" },
        { true, typeof(object), "", null, Rules.NotTime },
        { 1.5, typeof(object), "", InstantUnit.Seconds, Rules.NotTime },
    };

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_cell_is_an_instant_in_UTC_or_breaks_a_rule(object? value, Type type, string system, InstantUnit? unit, string expected)
    {
        var row = TestRows.Cell(value, type, system);
        var rule = new InstantReader(row.Columns[0], type, _berlin, unit).Read(row, out var utc);

        Assert.Equal(expected, rule ?? utc.ToString("yyyy-MM-ddTHH:mm:ss.FFF", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData(typeof(OverflowException), Rules.OutOfRange)]
    [InlineData(typeof(InvalidCastException), Rules.OutOfRange)]
    [InlineData(typeof(FormatException), Rules.OutOfRange)]
    [InlineData(typeof(ArgumentOutOfRangeException), Rules.OutOfRange)]
    [InlineData(typeof(DecoderFallbackException), Rules.NotUnicode)]
    [InlineData(typeof(TimeoutException), null)]
    public void What_a_getter_throws_is_the_values_fault_or_ends_the_read(Type thrown, string? rule) =>
        Assert.Equal(rule, PendoSync.Records.Cells.RuleOf((Exception)Activator.CreateInstance(thrown)!));
}
