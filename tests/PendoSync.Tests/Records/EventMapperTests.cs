using System.IO.Hashing;
using System.Text;
using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Tests.Worlds;
using PendoSync.Values;

namespace PendoSync.Tests.Records;

public sealed class EventMapperTests
{
    private static readonly HashSeeds _seeds = new(1, 2);
    private readonly ManualClock _clock = new();

    [Fact]
    public void An_event_has_every_part_in_a_fixed_order()
    {
        var definition = TestSyncs.Events.Event! with
        {
            AccountId = "a",
            Properties = new Dictionary<string, ValueSource>
            {
                ["plan"] = new() { Column = "p" },
                ["amount"] = new() { Column = "n" },
                ["source"] = new() { Constant = "wh" }
            },
            Context = new Dictionary<string, ValueSource> { ["url"] = new() { Column = "u" }, ["ip"] = new() { Constant = "203.0.113.9" } },
        };
        var rows = new TestRows([new("id", typeof(string)), new("v", typeof(int)), new("a", typeof(string)),
            new("at", typeof(DateTime), "timestamptz"), new("p", typeof(string)), new("n", typeof(decimal)), new("u", typeof(string))],
            ["e1", 5, "acme", TestRows.At("2026-03-01T11:00:00.1239Z"), "team", 12.50m, "/x"],
                ["e2", 5, null, TestRows.At("2026-03-01T11:00:00Z"), null, 1m, null]);
        var mapper = Mapper(rows, definition);

        Assert.Null(Next(mapper, rows));
        Assert.Equal(
            """{"type":"track","event":"paid","visitorId":"5","accountId":"acme","timestamp":1772362800123,"properties":"""
            + """{"amount":12.50,"plan":"team","source":"wh"},"context":{"ip":"203.0.113.9","url":"/x"}}""", Text(mapper));
        Assert.Equal((XxHash64.HashToUInt64("e1"u8, 1), XxHash64.HashToUInt64("e1"u8, 2)), (mapper.KeyHash, mapper.Fingerprint));
        Assert.Null(Next(mapper, rows));
        Assert.Equal(
            """{"type":"track","event":"paid","visitorId":"5","timestamp":1772362800000,"properties":"""
            + """{"amount":1,"source":"wh"},"context":{"ip":"203.0.113.9"}}""", Text(mapper));
    }

    [Fact]
    public void Properties_and_context_are_always_there()
    {
        var rows = Rows(["e", "v", At(0)]);

        Assert.Null(Next(Mapper(rows), rows, out var text));
        Assert.EndsWith("\"properties\":{},\"context\":{}}", text);
    }

    public static TheoryData<string?, string?, double, string?, string?> Rules_of_an_event => new()
    {
        // event id, visitor, hours ago, rule, column
        { "e", "v", 0, null, null },
        { null, "v", 0, Rules.NullKey, "id" },
        { "", "v", 0, Rules.EmptyKey, "id" },
        { "e", null, 0, Rules.NoVisitorId, "v" },
        { "e", "", 0, Rules.NoVisitorId, "v" },
        { "e", " ", 0, Rules.NoVisitorId, "v" },
        { "e", "v\n", 0, Rules.NotTrimmed, "v" },
        { "\u200Be", "v", 0, Rules.NotTrimmed, "id" },
        { "e", "_PENDO_T_1", 0, Rules.ReservedId, "v" },
        { "e", "VISITOR-UNIQUE-ID", 0, Rules.ReservedId, "v" },
        { "e", "v", 166.99, null, null },
        { "e", "v", 167.01, Rules.TooOld, "at" },
        { "e", "v", -0.016, null, null },
        { "e", "v", -0.017, Rules.InFuture, "at" },
        { "e", "v", double.NaN, Rules.NoTimestamp, "at" },
    };

    [Theory]
    [MemberData(nameof(Rules_of_an_event))]
    public void An_event_Pendo_would_not_take_is_invalid_with_its_rule(string? id, string? visitor, double hoursAgo,
        string? rule, string? column)
    {
        var rows = Rows([id, visitor, double.IsNaN(hoursAgo) ? null : At(hoursAgo)]);

        Assert.Equal(rule is null ? null : new Invalid(rule, column), Next(Mapper(rows), rows));
    }

    [Fact]
    public void A_visitor_id_that_UTF_8_cannot_hold_is_invalid()
    {
        var rows = Rows(["e", "\uD800", At(0)]);

        Assert.Equal(new Invalid(Rules.NotUnicode, "v"), Next(Mapper(rows), rows));
    }

    [Fact]
    public void An_old_event_is_sent_when_that_is_asked_for()
    {
        var rows = Rows(["e", "v", At(24 * 30)]);

        Assert.Null(Next(Mapper(rows, TestSyncs.Events.Event! with { SendTooOld = true }), rows));
    }

    [Fact]
    public void An_event_older_than_sent_ids_are_remembered_is_never_sent()
    {
        var rows = Rows(["e", "v", At((24 * 90) - 1)], ["f", "v", At((24 * 90) + 1)]);
        var mapper = Mapper(rows, TestSyncs.Events.Event! with { SendTooOld = true });

        Assert.Null(Next(mapper, rows));
        Assert.Equal(Rules.Forgotten, Next(mapper, rows)!.Rule);
    }

    [Theory]
    // Seconds after the last instant that is good.
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void An_event_is_old_forgotten_or_to_come_from_the_next_instant_on(int seconds, bool invalid)
    {
        Assert.Equal(invalid ? Rules.InFuture : null, RuleAt(TimeSpan.FromSeconds(60 + seconds)));
        Assert.Equal(invalid ? Rules.TooOld : null, RuleAt(-TimeSpan.FromHours((7 * 24) - 1) - TimeSpan.FromSeconds(seconds)));
        Assert.Equal(invalid ? Rules.Forgotten : null,
            RuleAt(-TimeSpan.FromDays(90) - TimeSpan.FromSeconds(seconds), TestSyncs.Events.Event! with { SendTooOld = true }));
        // From before the start of sending, it is not sent however old it is.
        Assert.Equal(invalid ? null : Rules.TooOld, RuleAt(-TimeSpan.FromDays(30) - TimeSpan.FromSeconds(seconds),
            TestSyncs.Events.Event! with { StartAt = _clock.Now.AddDays(-30) }));

        string? RuleAt(TimeSpan after, EventDefinition? definition = null)
        {
            var rows = Rows(["e", "v", _clock.Now.UtcDateTime + after]);
            return Next(Mapper(rows, definition), rows)?.Rule;
        }
    }

    [Fact]
    public void A_reserved_account_is_refused_and_an_empty_one_left_out()
    {
        var rows = new TestRows([new("id", typeof(string)), new("v", typeof(string)), new("at", typeof(DateTime), "timestamptz"),
            new("a", typeof(string))],
            ["e", "v", At(0), "ACCOUNT-UNIQUE-ID"], ["e", "v", At(0), ""]);
        var mapper = Mapper(rows, TestSyncs.Events.Event! with { AccountId = "a" });

        Assert.Equal(new Invalid(Rules.ReservedId, "a"), Next(mapper, rows));
        Assert.Null(Next(mapper, rows, out var text));
        Assert.DoesNotContain("accountId", text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3000)]
    public void Properties_are_measured_to_the_byte(int before)
    {
        const int Most = 512;
        var fits = new string('ü', (Most - "{\"p\":\"\"}".Length) / 2);
        var rows = new TestRows([new("id", typeof(string)), new("v", typeof(string)), new("at", typeof(DateTime), "timestamptz"),
            new("p", typeof(string))],
            ["e", "v" + new string('x', before), At(0), fits], ["e", "v" + new string('x', before), At(0), fits + "x"]);
        var mapper = Mapper(rows,
            TestSyncs.Events.Event! with { Properties = new Dictionary<string, ValueSource> { ["p"] = new() { Column = "p" } } });

        Assert.Null(Next(mapper, rows, out var text));
        Assert.Equal(Most,
            Encoding.UTF8.GetByteCount(
            text[text.IndexOf("{\"p\"", StringComparison.Ordinal)..(text.IndexOf("},\"context", StringComparison.Ordinal) + 1)]));
        Assert.Equal(new Invalid(Rules.PropertiesTooLarge, null), Next(mapper, rows));
    }

    [Fact]
    public void A_nested_property_is_invalid()
    {
        var rows = new TestRows([new("id", typeof(string)), new("v", typeof(string)), new("at", typeof(DateTime), "timestamptz"),
            new("p", typeof(string), "json")],
            ["e", "v", At(0), "{\"a\":1}"], ["e", "v", At(0), "[1]"], ["e", "v", At(0), "1"], ["e", "v", At(0), "null"]);
        var mapper = Mapper(rows,
            TestSyncs.Events.Event! with { Properties = new Dictionary<string, ValueSource> { ["p"] = new() { Column = "p" } } });

        Assert.Equal(new Invalid(Rules.NestedValue, "p"), Next(mapper, rows));
        Assert.Equal(new Invalid(Rules.NestedValue, "p"), Next(mapper, rows));
        Assert.Null(Next(mapper, rows, out var scalar));
        Assert.Contains("\"properties\":{\"p\":1}", scalar);
        Assert.Null(Next(mapper, rows, out var nothing));
        Assert.Contains("\"properties\":{}", nothing);
    }

    [Fact]
    public void The_name_may_come_from_a_column_and_must_be_there()
    {
        var rows = new TestRows([new("id", typeof(string)), new("v", typeof(string)), new("at", typeof(DateTime), "timestamptz"),
            new("n", typeof(string))],
            ["e", "v", At(0), "opened"], ["e", "v", At(0), null], ["e", "v", At(0), ""]);
        var mapper = Mapper(rows, TestSyncs.Events.Event! with { Name = new ValueSource { Column = "n" } });

        Assert.Null(Next(mapper, rows, out var text));
        Assert.Contains("\"event\":\"opened\"", text);
        Assert.Equal("opened", mapper.EventName);
        Assert.Equal(new Invalid(Rules.NoEventName, "n"), Next(mapper, rows));
        Assert.Equal(new Invalid(Rules.NoEventName, "n"), Next(mapper, rows));
    }

    [Theory]
    [InlineData("amount", true)]
    [InlineData("_a1", true)]
    [InlineData("A_b", true)]
    [InlineData("a23456789012345678901234567890AB", true)]
    [InlineData("a23456789012345678901234567890ABC", false)]
    [InlineData("1a", false)]
    [InlineData("a-b", false)]
    [InlineData("größe", false)]
    [InlineData("__x__", false)]
    [InlineData("__x", true)]
    [InlineData("__abc", true)]
    [InlineData("abc__", true)]
    [InlineData("____", true)]
    [InlineData("_____", false)]
    [InlineData("", false)]
    [InlineData("a\n", false)]
    public void A_property_has_a_name_that_Pendo_shows(string name, bool shown) => Assert.Equal(shown, EventMapper.IsPropertyName(name));

    [Fact]
    public void Every_mistake_of_the_definition_is_named_at_once()
    {
        var rows = new TestRows([new("id", typeof(string)), new("at", typeof(int)), new("x", typeof(TimeSpan), "unsupported"),
            new("n", typeof(bool))]);
        var definition = TestSyncs.Events.Event! with
        {
            Name = new ValueSource { Column = "n" },
            AccountId = "acc",
            Properties = new Dictionary<string, ValueSource>
            {
                ["a-b"] = new() { Constant = "x" },
                ["p"] = new() { Column = "x" },
                ["q"] = new() { Column = "gone" }
            },
        };

        var problem = Assert.Throws<ProblemException>(() => Mapper(rows, definition)).Problem;

        Assert.Equal(ProblemKind.Configuration, problem.Kind);
        foreach (var part in new[] { "'a-b'", "'x'", "'gone'", "'acc'", "'v'", "unit", "name column 'n'" })
            Assert.Contains(part, problem.Message);
    }

    [Fact]
    public void A_timestamp_column_that_is_no_time_is_refused()
    {
        var rows = new TestRows([new("id", typeof(string)), new("v", typeof(string)), new("at", typeof(bool))]);

        Assert.Contains("'at'", Assert.Throws<ProblemException>(() => Mapper(rows)).Problem.Message);
    }

    [Theory]
    [InlineData("2026-03-01", 1772323200000)]
    [InlineData("2026-03-01T10:00:00", 1772355600000)]
    [InlineData("2026-03-01T10:00:00+05:00", 1772341200000)]
    public void A_timestamp_may_be_text(string text, long expected)
    {
        var rows = new TestRows([new("id", typeof(string)), new("v", typeof(string)), new("at", typeof(string))], ["e", "v", text]);
        var mapper = new EventMapper(TestSyncs.Events, rows.Columns, rows, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), _seeds,
            _clock);

        Assert.Null(Next(mapper, rows, out var payload));
        Assert.Contains($"\"timestamp\":{expected},", payload);
    }

    private DateTime At(double hoursAgo) => _clock.Now.UtcDateTime.AddHours(-hoursAgo);

    private static TestRows Rows(params object?[][] rows) =>
        new([new("id", typeof(string)), new("v", typeof(string)), new("at", typeof(DateTime), "timestamptz")], rows);

    private EventMapper Mapper(TestRows rows, EventDefinition? definition = null) =>
        new(definition is null ? TestSyncs.Events : TestSyncs.Events with { Event = definition }, rows.Columns, rows,
            TimeZoneInfo.Utc, _seeds, _clock);

    private static Invalid? Next(EventMapper mapper, TestRows rows) => Next(mapper, rows, out _);

    private static Invalid? Next(EventMapper mapper, TestRows rows, out string text)
    {
        Assert.True(rows.Read());
        var invalid = mapper.Map(rows);
        text = invalid is null ? Text(mapper) : "";
        return invalid;
    }

    private static string Text(EventMapper mapper) => Encoding.UTF8.GetString(mapper.Payload);
}
