using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Tests.Faults;
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
    [InlineData(FieldTarget.Time, "\"2026-01-01T00:00:00.9999999Z\"", "1767225600999", true)]
    [InlineData(FieldTarget.Time, "\"9999-12-31T23:59:59.999999Z\"", "253402300799999", true)]
    [InlineData(FieldTarget.Time, "\"0001-01-01T00:00:00.0009999Z\"", "-62135596800000", true)]
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

    private static readonly (string Name, FieldTarget Target)[] _kinds =
    [
        ("plan", FieldTarget.String), ("seats", FieldTarget.Integer), ("score", FieldTarget.Number), ("at", FieldTarget.Time),
        ("paying", FieldTarget.Boolean), ("teams", FieldTarget.List), ("any", FieldTarget.Any),
    ];

    // The same value as somebody else may write it, and another one.
    private static Gen<string[]> Values(FieldTarget target) => target switch
    {
        FieldTarget.Time => Gen.Choose(-1_000_000, 1_900_000_000).Select(s => new[]
        {
            $"{(s * 1000L) + 250}", $"\"{Time(s, "yyyy-MM-dd'T'HH:mm:ss'.25Z'")}\"",
            $"\"{Time(s + 7200, "yyyy-MM-dd'T'HH:mm:ss'.2504+02:00'")}\"", "null",
        }),
        FieldTarget.Integer or FieldTarget.Number => Gen.Choose(0, 100_000).Select(n => new[] { $"{n}", $"{n}.0", $"{n}e0", "null" }),
        FieldTarget.Boolean => Gen.Elements("true", "false").Select(b => new[] { b, "null" }),
        FieldTarget.List => Fuzz.Text.Select(t => new[] { $"[{JsonSerializer.Serialize(t)},\"b\"]", "[]", "null" }),
        _ => Fuzz.Text.Select(t => new[] { JsonSerializer.Serialize(t), "null" }),
    };

    private static string Time(long seconds, string form) =>
        DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime.ToString(form, CultureInfo.InvariantCulture);

    [Fact]
    public void One_record_read_by_its_id_and_the_same_in_a_page_differ_in_the_same_fields()
    {
        var fields = new HeldFields(PendoObject.Visitor, "visitorId", "custom", _kinds);
        var record = _kinds.Select(k => from forms in Values(k.Target)
                                        from one in Gen.Elements(forms)
                                        from other in Gen.Elements(forms)
                                        from third in Values(k.Target)
                                        from foreign in Gen.Elements(0, 0, 0, 1)
                                        select (Sent: one, Held: foreign == 1 ? third[0] : other,
                                            Same: foreign == 1 ? (bool?)null : (one == "null") == (other == "null"))).ToArray();
        var all = record.Aggregate(Gen.Constant(ImmutableList<(string Sent, string Held, bool? Same)>.Empty),
            (list, next) => from l in list from n in next select l.Add(n));
        var drawn = from values in all from upper in Gen.Elements(false, true) select (values, upper);
        var seen = 0;
        Fuzz.Check(drawn, one =>
        {
            var (values, upper) = one;
            string Name(string name) => upper ? name.ToUpperInvariant() : name;
            var held = "{" + string.Join(",", _kinds.Select((k, i) => $"\"{Name(k.Name)}\":{values[i].Held}")) + "}";
            var whole = $"{{\"id\":\"v\",\"metadata\":{{\"auto\":{{\"plan\":\"no\"}},\"{Name("custom")}\":{held}}}}}";
            var selected = string.Join(",", _kinds.Select((_, i) => $"\"f{i}\":{values[i].Held}"));
            var sent = fields.HashesOf(Encoding.UTF8.GetBytes($"{{\"visitorId\":\"v\",\"values\":{{"
                + string.Join(",", _kinds.Select((k, i) => $"\"{k.Name}\":{values[i].Sent}")) + "}}"), 5);
            using var document = JsonDocument.Parse(whole);
            var single = HeldFields.Differing(sent, HeldPage.Of(document.RootElement, fields, 5).HashesOf(0)).ToList();
            var named = whole.Replace("\"id\"", "\"visitorId\"", StringComparison.Ordinal);
            foreach (var row in new[] { named, $"{{\"id\":\"v\",{selected}}}" })
                Assert.Equal(single, HeldFields.Differing(sent,
                    HeldPage.Read(Encoding.UTF8.GetBytes($"{{\"results\":[{row}]}}"), fields, 5).HashesOf(0)));
            for (var i = 0; i < _kinds.Length; i++)
                if (values[i].Same is { } same && _kinds[i].Target is not (FieldTarget.List or FieldTarget.Any))
                    Assert.Equal(!same, single.Contains(i));
            seen += single.Count;
        });
        Assert.True(seen > 100, "fields differed");
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
