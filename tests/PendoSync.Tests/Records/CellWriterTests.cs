using System.Globalization;
using System.Text;
using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Values;

namespace PendoSync.Tests.Records;

/// <summary>Every source type to every target: the JSON that is written, or the rule that is broken.</summary>
public sealed class CellWriterTests
{
    private static readonly FieldTarget[] _targets =
        [FieldTarget.Any, FieldTarget.String, FieldTarget.Integer, FieldTarget.Number, FieldTarget.Boolean, FieldTarget.Time,
            FieldTarget.List, FieldTarget.Scalar];

    private static readonly TimeZoneInfo _berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    public static TheoryData<string, object, string, string[]> Cells => new()
    {
        //                                    Any | String | Integer | Number | Boolean | Time | List | Scalar
        { "bool", true, "", ["true", "\"true\"", "not_an_integer", "not_a_number", "true", "not_a_time", "not_a_list", "true"] },
        { "int", 42, "", ["42", "\"42\"", "42", "42", "not_a_boolean", "not_a_time", "not_a_list", "42"] },
        { "int as boolean", 1, "", ["1", "\"1\"", "1", "1", "true", "not_a_time", "not_a_list", "1"] },
        { "short", (short)-7, "", ["-7", "\"-7\"", "-7", "-7", "not_a_boolean", "not_a_time", "not_a_list", "-7"] },
        { "byte", (byte)200, "", ["200", "\"200\"", "200", "200", "not_a_boolean", "not_a_time", "not_a_list", "200"] },
        { "sbyte", (sbyte)-3, "", ["-3", "\"-3\"", "-3", "-3", "not_a_boolean", "not_a_time", "not_a_list", "-3"] },
        { "ushort", (ushort)65535, "", ["65535", "\"65535\"", "65535", "65535", "not_a_boolean", "not_a_time", "not_a_list", "65535"] },
        { "uint", 4294967295, "", ["4294967295", "\"4294967295\"", "4294967295", "4294967295", "not_a_boolean", "not_a_time",
            "not_a_list", "4294967295"] },
        { "long", long.MinValue, "", ["-9223372036854775808", "\"-9223372036854775808\"", "-9223372036854775808", "-9223372036854775808",
            "not_a_boolean", "not_a_time", "not_a_list", "-9223372036854775808"] },
        { "ulong", ulong.MaxValue, "", ["18446744073709551615", "\"18446744073709551615\"", "18446744073709551615", "18446744073709551615",
            "not_a_boolean", "out_of_range", "not_a_list", "18446744073709551615"] },
        { "decimal", 79228162514264337593543950335m, "", ["79228162514264337593543950335", "\"79228162514264337593543950335\"",
            "79228162514264337593543950335", "79228162514264337593543950335", "not_a_boolean", "not_a_time", "not_a_list",
            "79228162514264337593543950335"] },
        { "decimal scale", 1.50m, "", ["1.50", "\"1.50\"", "not_an_integer", "1.50", "not_a_boolean", "not_a_time", "not_a_list", "1.50"] },
        { "whole decimal", 3.00m, "", ["3.00", "\"3.00\"", "3", "3.00", "not_a_boolean", "not_a_time", "not_a_list", "3.00"] },
        { "tiny decimal", 0.0000000000000000000000000001m, "", ["0.0000000000000000000000000001", "\"0.0000000000000000000000000001\"",
            "not_an_integer", "0.0000000000000000000000000001", "not_a_boolean", "not_a_time", "not_a_list",
            "0.0000000000000000000000000001"] },
        { "double", 0.1, "", ["0.1", "\"0.1\"", "not_an_integer", "0.1", "not_a_boolean", "not_a_time", "not_a_list", "0.1"] },
        { "whole double", 1e6, "",
            ["1000000", "\"1000000\"", "1000000", "1000000", "not_a_boolean", "not_a_time", "not_a_list", "1000000"] },
        { "NaN", double.NaN, "", [.. Enumerable.Repeat("not_finite", 8)] },
        { "Infinity", double.PositiveInfinity, "", [.. Enumerable.Repeat("not_finite", 8)] },
        { "float", 0.1f, "", ["0.1", "\"0.1\"", "not_an_integer", "0.1", "not_a_boolean", "not_a_time", "not_a_list", "0.1"] },
        { "float -Infinity", float.NegativeInfinity, "", [.. Enumerable.Repeat("not_finite", 8)] },
        { "text", "Zürich \"😀\"", "", ["\"Zürich \\\"😀\\\"\"", "\"Zürich \\\"😀\\\"\"", "not_a_number", "not_a_number", "not_a_boolean",
            "not_a_time", "not_a_list", "\"Zürich \\\"😀\\\"\""] },
        { "empty text", "", "", ["\"\"", "\"\"", "not_a_number", "not_a_number", "not_a_boolean", "not_a_time", "not_a_list", "\"\""] },
        { "half a pair", "a\uD800", "", ["not_unicode", "not_unicode", "not_a_number", "not_a_number", "not_a_boolean", "not_a_time",
            "not_a_list", "not_unicode"] },
        { "the wrong half", "\uDC00\uD800", "",
            ["not_unicode", "not_unicode", "not_a_number", "not_a_number", "not_a_boolean", "not_a_time", "not_a_list", "not_unicode"] },
        { "text boolean", "TRUE", "",
            ["\"TRUE\"", "\"TRUE\"", "not_a_number", "not_a_number", "true", "not_a_time", "not_a_list", "\"TRUE\""] },
        { "text list", " [\"a\",1,true]", "", ["\" [\\\"a\\\",1,true]\"", "\" [\\\"a\\\",1,true]\"", "not_a_number", "not_a_number",
            "not_a_boolean", "not_a_time", "[\"a\",\"1\",\"true\"]", "\" [\\\"a\\\",1,true]\""] },
        { "date", new DateOnly(2026, 3, 1), "", ["\"2026-03-01\"", "\"2026-03-01\"", "not_an_integer", "not_a_number", "not_a_boolean",
            "\"2026-03-01T00:00:00Z\"", "not_a_list", "\"2026-03-01\""] },
        { "date as DateTime", TestRows.At("2026-03-01T00:00:00"), "date",
            ["\"2026-03-01\"", "\"2026-03-01\"", "not_an_integer", "not_a_number", "not_a_boolean", "\"2026-03-01T00:00:00Z\"",
            "not_a_list", "\"2026-03-01\""] },
        { "timestamp", TestRows.At("2026-03-01T10:00:00.1230000"), "timestamp",
            ["\"2026-03-01T09:00:00.123Z\"", "\"2026-03-01T09:00:00.123Z\"", "not_an_integer", "not_a_number", "not_a_boolean",
            "\"2026-03-01T09:00:00.123Z\"", "not_a_list", "\"2026-03-01T09:00:00.123Z\""] },
        { "skipped timestamp", TestRows.At("2026-03-29T02:30:00"), "timestamp", [.. Enumerable.Repeat("no_such_local_time", 8)] },
        { "repeated timestamp", TestRows.At("2026-10-25T02:30:00"), "timestamp", ["\"2026-10-25T01:30:00Z\"", "\"2026-10-25T01:30:00Z\"",
            "not_an_integer", "not_a_number", "not_a_boolean", "\"2026-10-25T01:30:00Z\"", "not_a_list", "\"2026-10-25T01:30:00Z\""] },
        { "instant", TestRows.At("2026-03-01T10:00:00Z"), "timestamptz", ["\"2026-03-01T10:00:00Z\"", "\"2026-03-01T10:00:00Z\"",
            "not_an_integer", "not_a_number", "not_a_boolean", "\"2026-03-01T10:00:00Z\"", "not_a_list", "\"2026-03-01T10:00:00Z\""] },
        { "timestamp before the first instant", TestRows.At("0001-01-01T00:00:00"), "timestamp",
            [.. Enumerable.Repeat("out_of_range", 8)] },
        { "offset", new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.FromHours(5)), "",
            ["\"2026-03-01T05:00:00Z\"", "\"2026-03-01T05:00:00Z\"", "not_an_integer", "not_a_number", "not_a_boolean",
            "\"2026-03-01T05:00:00Z\"", "not_a_list", "\"2026-03-01T05:00:00Z\""] },
        { "uuid", Guid.Parse("0F8FAD5B-D9CB-469F-A165-70867728950E"), "",
            ["\"0f8fad5b-d9cb-469f-a165-70867728950e\"", "\"0f8fad5b-d9cb-469f-a165-70867728950e\"", "not_a_number", "not_a_number",
            "not_a_boolean", "not_a_time", "not_a_list", "\"0f8fad5b-d9cb-469f-a165-70867728950e\""] },
        { "json number", "1e2", "json", ["1e2", "\"1e2\"", "100", "1e2", "not_a_boolean", "not_a_time", "not_a_list", "1e2"] },
        { "json text", "\"5\"", "jsonb", ["\"5\"", "\"5\"", "5", "5", "not_a_boolean", "not_a_time", "not_a_list", "\"5\""] },
        { "json flag", "false", "json",
            ["false", "\"false\"", "not_an_integer", "not_a_number", "false", "not_a_time", "not_a_list", "false"] },
        { "json list", "[1,\"b\"]", "json", ["\"[1,\\\"b\\\"]\"", "\"[1,\\\"b\\\"]\"", "not_an_integer", "not_a_number", "not_a_boolean",
            "not_a_time", "[\"1\",\"b\"]", "nested_value"] },
        { "json nested list", "[[1]]", "json", ["\"[[1]]\"", "\"[[1]]\"", "not_an_integer", "not_a_number", "not_a_boolean", "not_a_time",
            "not_a_list", "nested_value"] },
        { "json object", "{\"a\":1}", "json", ["\"{\\\"a\\\":1}\"", "\"{\\\"a\\\":1}\"", "not_an_integer", "not_a_number", "not_a_boolean",
            "not_a_time", "not_a_list", "nested_value"] },
        { "json half a pair", "\"\\ud800\"", "json", [.. Enumerable.Repeat("not_unicode", 8)] },
        { "array", new[] { "a", "ü" }, "", ["[\"a\",\"ü\"]", "not_a_scalar", "not_an_integer", "not_a_number", "not_a_boolean",
            "not_a_time", "[\"a\",\"ü\"]", "nested_value"] },
        { "array of numbers", new[] { 1.5, 2 }, "", ["[\"1.5\",\"2\"]", "not_a_scalar", "not_an_integer", "not_a_number", "not_a_boolean",
            "not_a_time", "[\"1.5\",\"2\"]", "nested_value"] },
        { "array with null", new[] { "a", null }, "",
            ["not_a_list", "not_a_scalar", "not_an_integer", "not_a_number", "not_a_boolean", "not_a_time", "not_a_list", "nested_value"] },
        { "array with NaN", new[] { 1f, float.NaN }, "",
            ["not_a_list", "not_a_scalar", "not_an_integer", "not_a_number", "not_a_boolean", "not_a_time", "not_a_list", "nested_value"] },
        { "array of dates", new[] { new DateOnly(2026, 3, 1) }, "", ["[\"2026-03-01\"]", "not_a_scalar", "not_an_integer", "not_a_number",
            "not_a_boolean", "not_a_time", "[\"2026-03-01\"]", "nested_value"] },
        { "array of instants", new[] { new DateTimeOffset(2026, 3, 1, 1, 0, 0, TimeSpan.FromHours(1)) }, "",
            ["[\"2026-03-01T00:00:00Z\"]", "not_a_scalar", "not_an_integer", "not_a_number", "not_a_boolean", "not_a_time",
            "[\"2026-03-01T00:00:00Z\"]", "nested_value"] },
        { "two dimensions", new int[1, 1], "", ["not_a_scalar", "not_a_scalar", "not_an_integer", "not_a_number", "not_a_boolean",
            "not_a_time", "not_a_list", "nested_value"] },
        { "bytes", new byte[] { 1, 2, 255 }, "", ["\"AQL/\"", "\"AQL/\"", "not_an_integer", "not_a_number", "not_a_boolean", "not_a_time",
            "not_a_list", "\"AQL/\""] },
    };

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_value_becomes_what_the_target_wants_or_breaks_a_rule(string name, object value, string system, string[] expected)
    {
        Assert.NotEmpty(name);
        Assert.Equal(expected, _targets.Select(target => Write(value, null, system, target)));
        // The same cell in a column whose type is known only row by row.
        if (system.Length == 0)
            Assert.Equal(expected, _targets.Select(target => Write(value, typeof(object), system, target)));
    }

    [Theory]
    [InlineData("1e5", "1e5", "100000")]
    [InlineData("-0.50", "-0.50", "not_an_integer")]
    [InlineData(" 7 ", "7", "7")]
    [InlineData("7.000", "7.000", "7")]
    [InlineData("-0.0", "-0.0", "0")]
    [InlineData("120e-1", "120e-1", "12")]
    [InlineData("1e-30", "1e-30", "not_an_integer")]
    [InlineData("1.00000000000000000000000000000000001", "1.00000000000000000000000000000000001", "not_an_integer")]
    [InlineData("123456789012345678901234567890123456789.0", "123456789012345678901234567890123456789.0",
        "123456789012345678901234567890123456789")]
    [InlineData("1e99999", "1e99999", "not_an_integer")]
    [InlineData("1e99999999999", "1e99999999999", "not_an_integer")]
    [InlineData("01", "not_a_number", "not_a_number")]
    [InlineData("+1", "not_a_number", "not_a_number")]
    [InlineData("1.", "not_a_number", "not_a_number")]
    [InlineData(".5", "not_a_number", "not_a_number")]
    [InlineData("1,000", "not_a_number", "not_a_number")]
    [InlineData("1 2", "not_a_number", "not_a_number")]
    [InlineData("0x1F", "not_a_number", "not_a_number")]
    [InlineData("-", "not_a_number", "not_a_number")]
    [InlineData("", "not_a_number", "not_a_number")]
    [InlineData("١", "not_a_number", "not_a_number")]
    [InlineData("NaN", "not_finite", "not_finite")]
    [InlineData("-Infinity", "not_finite", "not_finite")]
    public void Text_is_a_number_only_in_JSONs_own_syntax(string text, string number, string integer)
    {
        Assert.Equal(number, Write(text, null, "", FieldTarget.Number));
        Assert.Equal(integer, Write(text, null, "", FieldTarget.Integer));
    }

    [Theory]
    [InlineData(1_700_000_000L, InstantUnit.Seconds, "\"2023-11-14T22:13:20Z\"")]
    [InlineData(1_700_000_000_123L, InstantUnit.Milliseconds, "\"2023-11-14T22:13:20.123Z\"")]
    [InlineData(-1L, InstantUnit.Seconds, "\"1969-12-31T23:59:59Z\"")]
    [InlineData(long.MaxValue, InstantUnit.Seconds, "not_a_time")]
    [InlineData(long.MinValue, InstantUnit.Milliseconds, "not_a_time")]
    [InlineData(1_700_000_000L, null, "not_a_time")]
    public void An_integer_is_an_instant_only_with_its_unit(long value, InstantUnit? unit, string expected)
    {
        Assert.Equal(expected, Write(value, null, "", FieldTarget.Time, unit));
        if (value is > 0 and < long.MaxValue)
            Assert.Equal(expected, Write((ulong)value, null, "", FieldTarget.Time, unit));
    }

    [Fact]
    public void A_wide_decimal_that_comes_as_text_keeps_every_digit()
    {
        const string Digits = "12345678901234567890123456789012345678.123456789";

        Assert.Equal(Digits, Write(Digits, typeof(string), "numeric", FieldTarget.Number));
        Assert.Equal($"\"{Digits}\"", Write(Digits, typeof(string), "numeric", FieldTarget.String));
        Assert.Equal("true", Write("1", typeof(string), "numeric", FieldTarget.Boolean));
        Assert.Equal("not_finite", Write("NaN", typeof(string), "numeric", FieldTarget.String));
    }

    [Fact]
    public void Bytes_that_are_no_UTF_8_fit_no_target()
    {
        var json = new JsonBuffer();

        Assert.All(_targets, target =>
            Assert.Equal(Rules.NotUnicode, ScalarWriter.Write(json, [(byte)'[', (byte)'"', 0xFC, (byte)'"', (byte)']'], target, _berlin)));
        Assert.Equal(0, json.Length);
    }

    [Theory]
    [InlineData("null", true)]
    [InlineData(" null\n", true)]
    [InlineData("\"null\"", false)]
    [InlineData("{}", false)]
    public void The_null_of_JSON_is_a_null(string text, bool expected)
    {
        var row = TestRows.Cell(text, typeof(string), "jsonb");
        Assert.Equal(expected, new CellWriter(row.Columns[0], typeof(string), FieldTarget.Any, TimeZoneInfo.Utc, null).IsNull(row));
    }

    // What was written, or the rule; with a rule nothing may have been written.
    private static string Write(object value, Type? type, string system, FieldTarget target, InstantUnit? unit = null)
    {
        var row = TestRows.Cell(value, type, system);
        var json = new JsonBuffer();
        string? rule;
        try
        {
            rule = new CellWriter(row.Columns[0], type ?? value.GetType(), target, _berlin, unit).Write(row, json);
        }
        catch (OverflowException)
        {
            // The mapper's rule for a getter that fails.
            rule = Rules.OutOfRange;
        }

        var written = Encoding.UTF8.GetString(json.Written);
        Assert.True(rule is null || written.Length == 0,
            string.Create(CultureInfo.InvariantCulture, $"{value} to {target}: {rule} after {written}"));
        return rule ?? written;
    }
}
