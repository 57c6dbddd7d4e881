using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Records;
using PendoSync.Values;

namespace PendoSync.Tests.Records;

public sealed class RecordMapperTests
{
    private static readonly HashSeeds _seeds = new(1, 2);

    private static readonly PendoSchema _schema =
        new([new("plan", "string"), new("seats", "integer"), new("since", "time"), new("vip", "boolean"), new("Zone", "string")]);

    [Fact]
    public void The_bytes_that_are_fingerprinted_are_the_bytes_that_are_sent()
    {
        var rows = new TestRows([new("id", typeof(string)), new("plan", typeof(string)), new("seats", typeof(int))],
            ["V \"1\"", "team é", 42]);
        var mapper = Mapper(rows, [Field("plan"), Field("seats")]);

        Assert.Null(Next(mapper, rows));
        Assert.Equal("""{"visitorId":"V \"1\"","values":{"plan":"team é","seats":42}}""", Text(mapper));
        Assert.Equal(XxHash64.HashToUInt64(mapper.Payload, 2), mapper.Fingerprint);
        Assert.Equal(XxHash64.HashToUInt64("V \"1\""u8, 1), mapper.KeyHash);
        Assert.Equal("V \"1\"", mapper.Key);
    }

    [Fact]
    public void Fields_stand_in_ordinal_order_of_their_Pendo_name_whatever_the_YAML_says()
    {
        var rows = new TestRows([new("id", typeof(string)), new("a", typeof(string)), new("b", typeof(int))], ["v", "x", 1], ["v", "x", 1]);

        // Found without regard to case, sent in Pendo's spelling: Z stands before the small letters.
        var forward = Mapper(rows, [Field("ZONE", "a"), Field("Seats", "b"), Field("plan", "a")]);
        Next(forward, rows);
        var backward = Mapper(rows, [Field("PLAN", "a"), Field("seats", "b"), Field("zone", "a")]);
        Next(backward, rows);

        Assert.Equal("""{"visitorId":"v","values":{"Zone":"x","plan":"x","seats":1}}""", Text(forward));
        Assert.Equal(Text(forward), Text(backward));
        Assert.Equal(forward.Fingerprint, backward.Fingerprint);
    }

    [Fact]
    public void A_null_is_left_out_or_clears_as_the_field_says()
    {
        var rows = new TestRows([new("id", typeof(string)), new("plan", typeof(string)), new("seats", typeof(string), "jsonb"),
            new("vip", typeof(bool))],
            ["v", null, "null", null], ["v", "p", "1", true]);
        var mapper = Mapper(rows, [Field("plan"), Field("seats"), Field("vip") with { WhenNull = NullRule.Clear }]);

        Next(mapper, rows);
        Assert.Equal("""{"visitorId":"v","values":{"vip":null}}""", Text(mapper));
        Assert.Equal(2, mapper.SkippedNulls);
        Next(mapper, rows);
        Assert.Equal("""{"visitorId":"v","values":{"plan":"p","seats":1,"vip":true}}""", Text(mapper));
        Assert.Equal(0, mapper.SkippedNulls);
    }

    [Fact]
    public void A_null_in_the_middle_keeps_the_JSON_whole()
    {
        var rows = new TestRows([new("id", typeof(string)), new("plan", typeof(string)), new("seats", typeof(int)),
            new("vip", typeof(bool))], ["v", "p", null, true]);
        var mapper = Mapper(rows, [Field("plan"), Field("seats"), Field("vip")]);

        Next(mapper, rows);
        Assert.Equal("""{"visitorId":"v","values":{"plan":"p","vip":true}}""", Text(mapper));
    }

    [Fact]
    public void A_constant_is_in_every_record()
    {
        var rows = new TestRows([new("id", typeof(int))], [7]);
        var mapper = Mapper(rows, [new FieldMapping("plan") { Constant = "warehouse" }, new FieldMapping("seats") { Constant = 5L },
            new FieldMapping("vip") { Constant = true }]);

        Assert.Null(Next(mapper, rows));
        Assert.Equal("""{"visitorId":"7","values":{"plan":"warehouse","seats":5,"vip":true}}""", Text(mapper));
    }

    [Fact]
    public void An_invalid_value_names_column_and_rule_and_leaves_no_trace_in_the_next_record()
    {
        var rows = new TestRows([new("id", typeof(string)), new("plan", typeof(string)), new("n", typeof(string))], ["v1", "p", "many"],
            [null, "p", "1"], ["v3", "p", "3"]);
        var mapper = Mapper(rows, [Field("plan"), Field("seats", "n")]);

        Assert.Equal(new Invalid(Rules.NotNumber, "n"), Next(mapper, rows));
        Assert.NotEqual(0UL, mapper.KeyHash);
        Assert.Equal(new Invalid(Rules.NullKey, "id"), Next(mapper, rows));
        Assert.Equal(0UL, mapper.KeyHash);
        Assert.Null(Next(mapper, rows));
        Assert.Equal("""{"visitorId":"v3","values":{"plan":"p","seats":3}}""", Text(mapper));
    }

    [Fact]
    public void A_record_over_128_KB_is_invalid_and_one_below_is_not()
    {
        var room = RowMapper.MaxRecordBytes - """{"visitorId":"v","values":{"plan":""}}""".Length;
        var rows = new TestRows([new("id", typeof(string)), new("plan", typeof(string))], ["v", new string('x', room)],
            ["v", new string('x', room + 1)], ["v", "small"]);
        var mapper = Mapper(rows, [Field("plan")]);

        Assert.Null(Next(mapper, rows));
        Assert.Equal(RowMapper.MaxRecordBytes, mapper.Payload.Length);
        Assert.Equal(new Invalid(Rules.TooLarge, null), Next(mapper, rows));
        Assert.Null(Next(mapper, rows));
        Assert.Equal("""{"visitorId":"v","values":{"plan":"small"}}""", Text(mapper));
    }

    [Fact]
    public void Any_texts_survive_the_way_into_the_payload()
    {
        var random = new Random(5);
        var texts = Enumerable.Range(0, 300)
            .Select(_ => new string(
            [.. Enumerable.Range(0, random.Next(40)).Select(_ => (char)random.Next(random.Next(2) == 0 ? 0x80 : 0x10000))])).ToList();
        var rows = new TestRows([new("id", typeof(string)), new("plan", typeof(string))],
            [.. texts.Select((t, i) => new object?[] { $"{i}", t })]);
        var mapper = Mapper(rows, [Field("plan")]);
        var valid = 0;
        foreach (var text in texts)
        {
            var invalid = Next(mapper, rows);
            Assert.Equal(ScalarWriter.IsUnicode(text) ? null : new Invalid(Rules.NotUnicode, "plan"), invalid);
            if (invalid is not null)
                continue;
            valid++;
            using var document = JsonDocument.Parse(mapper.Payload.ToArray());
            Assert.Equal(text, document.RootElement.GetProperty("values").GetProperty("plan").GetString());
        }

        Assert.InRange(valid, 50, 299);
    }

    [Theory]
    [InlineData(false, """{"visitorId":"v","values":{"plan":true}}""", """{"visitorId":"v","values":{"vip":true}}""")]
    [InlineData(true, """{"visitorId":"v","values":{"plan":true,"vip":false}}""",
        """{"visitorId":"v","values":{"plan":false,"vip":true}}""")]
    public void A_flag_that_is_false_goes_out_only_where_it_may_be_reset(bool reset, string first, string second)
    {
        var rows = new TestRows([new("id", typeof(string)), new("plan", typeof(bool)), new("vip", typeof(bool))],
            ["v", true, false], ["v", false, true], ["v", null, null]);
        var flags = new PendoSchema([new("plan", "boolean"), new("vip", "boolean"), new("zone", "boolean")]);
        var sync = TestSyncs.Visitors with { Group = SyncDefinition.FlagGroup, AllowReset = reset, Fields = [Field("plan"), Field("vip")] };
        var mapper = new RecordMapper(sync, "visitorId", FieldPlan.Make(sync, rows.Columns, flags), rows.Columns, rows, TimeZoneInfo.Utc,
            _seeds);

        Assert.Null(Next(mapper, rows));
        Assert.Equal(first, Text(mapper));
        Assert.Null(Next(mapper, rows));
        Assert.Equal(second, Text(mapper));
        Assert.Null(Next(mapper, rows));
        Assert.Equal(("""{"visitorId":"v","values":{}}""", 2), (Text(mapper), mapper.SkippedNulls));
    }

    [Fact]
    public void A_constant_flag_that_is_false_goes_out_only_where_it_may_be_reset()
    {
        var rows = new TestRows([new("id", typeof(string))], ["v"], ["v"]);
        var flags = new PendoSchema([new("plan", "boolean"), new("vip", "boolean")]);
        foreach (var reset in new[] { false, true })
        {
            var sync = TestSyncs.Visitors with
            {
                Group = SyncDefinition.FlagGroup,
                AllowReset = reset,
                Fields = [new("plan") { Constant = false }, new("vip") { Constant = true }],
            };
            var mapper = new RecordMapper(sync, "visitorId", FieldPlan.Make(sync, rows.Columns, flags), rows.Columns, rows,
                TimeZoneInfo.Utc, _seeds);
            Assert.Null(Next(mapper, rows));
            Assert.Equal(reset, Text(mapper).Contains("plan", StringComparison.Ordinal));
            Assert.Contains("vip", Text(mapper));
        }
    }

    [Fact]
    public void A_key_column_that_is_missing_is_named_with_what_there_is()
    {
        var rows = new TestRows([new("idd", typeof(string)), new("plan", typeof(string))]);
        var problem = Assert.Throws<ProblemException>(() => Mapper(rows, [Field("plan")])).Problem;

        Assert.Equal((ProblemKind.Configuration, "the model has no column 'id' (did you mean 'idd'? it has: idd, plan)",
            "sync 'visitors', key", "Correct `key:` in syncs/visitors.yaml."), (problem.Kind, problem.Message, problem.Place, problem.Fix));
        var other = new TestRows([new("plan", typeof(string))]);
        Assert.Equal("the model has no column 'id' (it has: plan)",
            Assert.Throws<ProblemException>(() => Mapper(other, [Field("plan")])).Problem.Message);
    }

    private static FieldMapping Field(string name, string? column = null) => new(name) { Column = column ?? name };

    private static RecordMapper Mapper(TestRows rows, IReadOnlyList<FieldMapping> fields)
    {
        var sync = TestSyncs.Visitors with { Fields = fields };
        return new RecordMapper(sync, "visitorId",
            FieldPlan.Make(sync, rows.Columns, _schema), rows.Columns, rows, TimeZoneInfo.Utc, _seeds);
    }

    private static Invalid? Next(RowMapper mapper, TestRows rows)
    {
        Assert.True(rows.Read());
        return mapper.Map(rows);
    }

    private static string Text(RowMapper mapper) => Encoding.UTF8.GetString(mapper.Payload);
}
