using System.Globalization;
using System.Text;
using System.Text.Json;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.JsonPages;

namespace PendoSync.Tests.Warehouses.JsonPages;

public sealed class JsonTypesTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("-12.340", "-12.340")]
    [InlineData("1e3", "1000")]
    [InlineData("1234567890123456789012345678", "1234567890123456789012345678")]
    [InlineData("0.1234567890123456789012345678", "0.1234567890123456789012345678")]
    [InlineData("12345678901234567890.1234567800000000000", "12345678901234567890.12345678")]
    public void A_decimal_is_read_exactly(string text, string expected) =>
        Assert.Equal(decimal.Parse(expected, CultureInfo.InvariantCulture), ExactDecimal.Parse(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("12345678901234567890123456789.5")]
    [InlineData("0.12345678901234567890123456789")]
    [InlineData("1e40")]
    [InlineData("1e-40")]
    [InlineData("99999999999999999999999999999999999999")]
    public void A_decimal_that_would_be_rounded_is_refused(string text) =>
        Assert.Throws<OverflowException>(() => ExactDecimal.Parse(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("2024-02-29", "2024-02-29T00:00:00.0000000", false)]
    [InlineData("2024-02-29 23:59:59.999999", "2024-02-29T23:59:59.9999990", false)]
    [InlineData("2024-02-29T23:59:59.999999999", "2024-02-29T23:59:59.9999999", false)]
    [InlineData("2024-02-29T12:00:00.000Z", "2024-02-29T12:00:00.0000000Z", true)]
    [InlineData("2024-02-29T12:00:00+05:30", "2024-02-29T06:30:00.0000000Z", true)]
    [InlineData("0001-01-01 00:00", "0001-01-01T00:00:00.0000000", false)]
    public void Iso_times_are_read_with_their_zone(string text, string expected, bool zoned)
    {
        var time = IsoTime.Read(Encoding.UTF8.GetBytes(text));
        Assert.Equal(expected, (zoned ? time.Utc!.Value : time.Wall).ToString("o", CultureInfo.InvariantCulture));
        Assert.Equal(zoned, time.Offset is not null);
    }

    [Theory]
    [InlineData("2023-02-29")]
    [InlineData("2024-13-01")]
    [InlineData("2024-01-01 24:00:00")]
    [InlineData("2024-01-01x00:00:00")]
    [InlineData("20240101")]
    [InlineData("")]
    public void What_is_no_time_is_refused(string text) =>
        Assert.Throws<FormatException>(() => IsoTime.Read(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("NaN", double.NaN)]
    [InlineData("Infinity", double.PositiveInfinity)]
    [InlineData("-inf", double.NegativeInfinity)]
    [InlineData("1.5E-7", 1.5e-7)]
    public void Doubles_have_names_for_what_json_has_no_number_for(string text, double expected) =>
        Assert.Equal(expected, new DoubleType().GetDouble(Text(text)));

    [Fact]
    public void Wide_decimals_come_as_text_and_narrow_ones_as_decimal()
    {
        Assert.Equal("1.50", new DecimalType(38).GetValue(Text("1.50")));
        Assert.Equal(1.50m, new DecimalType(10).GetValue(Text("1.50")));
        Assert.Equal(1.50m, new DecimalType(38).GetDecimal(Text("1.50")));
    }

    [Fact]
    public void Arrays_keep_nulls_and_escapes()
    {
        var texts = new ArrayType(new TextType(ColumnKind.Text));
        Assert.Equal(new[] { "a\"", null, "b" },
            Assert.IsType<string[]>(texts.GetValue(texts.Given(Text("""[\"a\\\"\",null,\"b\"]""", escaped: true)))));
        var numbers = new ArrayType(new IntegerType());
        Assert.Equal(new long?[] { 1, null },
            Assert.IsType<long?[]>(numbers.GetValue(new JsonValue("[1,null]"u8, JsonTokenType.StartArray, escaped: false))));
    }

    private static JsonValue Text(string text, bool escaped = false) => new(Encoding.UTF8.GetBytes(text), JsonTokenType.String, escaped);
}
