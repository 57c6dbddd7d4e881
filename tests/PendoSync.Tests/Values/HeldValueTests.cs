using System.Text;
using System.Text.Json;
using PendoSync.Values;

namespace PendoSync.Tests.Values;

public sealed class HeldValueTests
{
    [Theory]
    // Numbers by value: whole ones exactly, others as the doubles that Pendo keeps.
    [InlineData(FieldTarget.Number, "3", "3.0", true)]
    [InlineData(FieldTarget.Number, "3", "3e0", true)]
    [InlineData(FieldTarget.Number, "0.1", "0.10000000000000000", true)]
    [InlineData(FieldTarget.Number, "0", "-0.0", true)]
    [InlineData(FieldTarget.Number, "9007199254740993", "9007199254740992", true)]
    [InlineData(FieldTarget.Number, "3", "3.0000001", false)]
    [InlineData(FieldTarget.Number, "3", "\"3\"", false)]
    [InlineData(FieldTarget.Integer, "9007199254740993", "9007199254740992", false)]
    [InlineData(FieldTarget.Integer, "300", "3e2", true)]
    [InlineData(FieldTarget.Any, "1e400", "1e400", true)]
    // Instants whatever they are written as, to the millisecond.
    [InlineData(FieldTarget.Time, "\"2026-01-01T00:00:00Z\"", "1767225600000", true)]
    [InlineData(FieldTarget.Time, "\"2026-01-01T01:00:00.2504+01:00\"", "1767225600250", true)]
    [InlineData(FieldTarget.Time, "\"2026-01-01T00:00:00Z\"", "\"2026-01-01T00:00:00.000+00:00\"", true)]
    [InlineData(FieldTarget.Time, "\"2026-01-01T00:00:00Z\"", "1767225600001", false)]
    [InlineData(FieldTarget.Time, "\"1969-12-31T23:59:59.999Z\"", "-1", true)]
    [InlineData(FieldTarget.Time, "\"soon\"", "\"soon\"", true)]
    // A text that looks like a time is a text.
    [InlineData(FieldTarget.String, "\"2026-01-01T00:00:00Z\"", "\"2026-01-01T00:00:00.000Z\"", false)]
    [InlineData(FieldTarget.String, "\"\\u00e9\\ud83d\\ude00\"", "\"é😀\"", true)]
    [InlineData(FieldTarget.String, "\"a\"", "\"A\"", false)]
    [InlineData(FieldTarget.String, "\"\"", "null", false)]
    [InlineData(FieldTarget.Boolean, "true", "false", false)]
    [InlineData(FieldTarget.Boolean, "true", "\"true\"", false)]
    [InlineData(FieldTarget.List, "[\"a\",\"b\"]", "[ \"a\", \"b\" ]", true)]
    [InlineData(FieldTarget.List, "[\"a\",\"b\"]", "[\"b\",\"a\"]", false)]
    [InlineData(FieldTarget.List, "[\"ab\"]", "[\"a\",\"b\"]", false)]
    public void Values_are_compared_as_Pendo_holds_them(FieldTarget target, string one, string other, bool same) =>
        Assert.Equal(same, HashOf(one, target) == HashOf(other, target));

    [Fact]
    public void Null_is_nothing_and_a_value_in_the_place_of_another_differs()
    {
        Assert.Equal(HeldValue.Nothing, HashOf("null", FieldTarget.String));
        Assert.NotEqual(HeldValue.Nothing, HashOf("\"\"", FieldTarget.String));
        Assert.NotEqual(HashOf("\"x\"", FieldTarget.String, 1), HashOf("\"x\"", FieldTarget.String, 2));
    }

    private static ulong HashOf(string json, FieldTarget target, long seed = 7)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        var hash = HeldValue.HashOf(ref reader, target, seed);
        Assert.False(reader.Read(), "the reader stands on the value's last token");
        return hash;
    }
}
