using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Records;
using PendoSync.Sources;
using PendoSync.Tests.Worlds;
using PendoSync.Values;

namespace PendoSync.Tests.Records;

/// <summary>What a definition that does not fit its rows or Pendo's fields is told: all of it at once, each with its place and its
/// remedy.</summary>
public sealed class MappingProblemTests
{
    [Theory]
    [InlineData("the event's name column 'flag' is of type Boolean; use a text column")]
    [InlineData("Pendo does not show property 'a-b': names are letters, digits and underscores, at most 32, not starting with a digit, "
        + "not of the form __x__")]
    [InlineData("column 'odd' is of type unsupported, which Pendo cannot hold; cast it to text in the model's SQL or leave it out")]
    [InlineData("the model has no column 'gone' (it has: id, v, at, flag, odd)")]
    [InlineData("the timestamp column 'flag' is of type Boolean, which is no instant; use a timestamp, a date, an integer with `unit`, or "
        + "RFC 3339 text")]
    public void All_that_is_wrong_with_an_event_is_said(string said)
    {
        var problem = RefusedEvent(definition => definition with
        {
            Name = new ValueSource { Column = "flag" },
            Timestamp = "flag",
            AccountId = "gone",
            Properties = new Dictionary<string, ValueSource> { ["a-b"] = new() { Constant = "x" }, ["fine"] = new() { Column = "odd" } },
        });

        Assert.Contains(said, problem.Message);
        Assert.Equal(("sync 'events', event", "Correct syncs/visitors.yaml, or the model it reads."), (problem.Place, problem.Fix));
    }

    [Fact]
    public void An_integer_is_an_events_time_only_with_its_unit_and_ids_are_of_types_that_can_be_one()
    {
        Assert.Equal("the timestamp column 'n' is an integer; say `unit: s` or `unit: ms`",
            RefusedEvent(d => d with { Timestamp = "n" }, new TestColumn("n", typeof(int))).Message);
        Assert.Equal("sync 'events', visitor_id",
            RefusedEvent(d => d with { VisitorId = "b" }, new TestColumn("b", typeof(bool))).Place);
        Assert.Equal("sync 'events', account_id",
            RefusedEvent(d => d with { AccountId = "b" }, new TestColumn("b", typeof(bool))).Place);
        var key = RefusedEvent(d => d, new TestColumn("k", typeof(double)), key: "k");
        Assert.Equal(("the key column 'k' is of type Double, which cannot be a key", "sync 'events'",
            "Use a text, integer or uuid column, or cast it in the model's SQL."), (key.Message, key.Place, key.Fix));
    }

    [Theory]
    [InlineData("c", "column 'odd' is of type unsupported, which Pendo cannot hold; cast it to text in the model's SQL or leave it out")]
    [InlineData("when", "field 'when' is a time and column 'n' an integer; say `unit: s` or `unit: ms`")]
    [InlineData("seats", "the constant of field 'seats' does not fit: ")]
    [InlineData("list", "field 'list' is a list, which cannot be created in group g; create it in Pendo, or declare `type: string`")]
    [InlineData("plan", "field 'plan' is declared as number but is of type string in Pendo")]
    [InlineData("free", "field 'free' cannot be created, since column 'any' (Object) says nothing about its type and its first rows are "
        + "empty or mixed; say `type: string`, `number`, `boolean` or `time`")]
    public void All_that_is_wrong_with_a_field_is_said(string field, string said)
    {
        FieldMapping[] fields =
        [
            new("c") { Column = "odd" }, new("when") { Column = "n" }, new("seats") { Constant = "many" }, new("list") { Column = "tags" },
            new("plan") { Column = "n", Type = FieldType.Number }, new("free") { Column = "any" },
        ];
        var rows = new TestRows([new("id", typeof(string)), new("odd", typeof(TimeSpan), "unsupported"), new("n", typeof(int)),
            new("tags", typeof(string[])), new("any", typeof(object))]);
        var sync = TestSyncs.Visitors with { Group = "g", CreateFields = true, Fields = [.. fields.Where(f => f.Field == field)] };
        var schema = new PendoSchema([new("when", "time"), new("seats", "int"), new("plan", "string")]);

        var problem = Assert.Throws<ProblemException>(() => FieldPlan.Make(sync, rows.Columns, schema)).Problem;
        Assert.StartsWith(said, problem.Message);
        Assert.Equal(("sync 'visitors'", "Correct syncs/visitors.yaml, or the model it reads."), (problem.Place, problem.Fix));
    }

    [Fact]
    public void A_name_that_two_columns_have_is_refused_wherever_one_of_them_is_meant()
    {
        var rows = new TestRows([new("id", typeof(string)), new("n", typeof(int)), new("n", typeof(int)), new("ID", typeof(string))]);
        var sync = TestSyncs.Visitors with { Fields = [new("seats") { Column = "n" }] };
        Assert.Equal("the model has 2 columns called 'n'; give each a name of its own (`as`)",
            Assert.Throws<ProblemException>(() => FieldPlan.Make(sync, rows.Columns, new PendoSchema([]))).Problem.Message);

        var problems = new List<string>();
        Assert.Equal([0, 3], new[] { "id", "ID" }.Select(name => ColumnLookup.Find(rows.Columns, name, problems)!.Ordinal));
        Assert.Empty(problems);
    }

    [Fact]
    public void A_column_without_a_type_is_sent_as_it_is_where_no_field_is_to_be_made_of_it()
    {
        var rows = new TestRows([new("id", typeof(string)), new("any", typeof(object)), new("other", typeof(object)),
            new("n", typeof(int))]);
        var schema = new PendoSchema([new("known", "string")]);
        var sync = TestSyncs.Visitors with
        {
            CreateFields = true,
            Fields = [new("known") { Column = "any" }, new("typed") { Column = "any", Type = FieldType.Number },
                new("timed") { Column = "any", Unit = InstantUnit.Seconds }, new("fixed") { Constant = 1L }, new("n") { Column = "n" },
                new("lost") { Column = "gone" }, new("fresh") { Column = "OTHER" }],
        };

        // Whose type has to be found out from its first rows.
        Assert.Equal(["other"], FieldPlan.Untyped(sync, rows.Columns, schema).Select(c => c.Name));
        Assert.Empty(FieldPlan.Untyped(sync with { CreateFields = false }, rows.Columns, schema));
        Assert.Equal(["known"], FieldPlan.Make(sync with { CreateFields = false, Fields = [sync.Fields[0]] }, rows.Columns, schema)
            .Fields.Select(f => f.Name));
        Assert.Equal([new NewField("fresh", "string")],
            FieldPlan.Make(sync with { CreateFields = false, Fields = [sync.Fields[6]] }, rows.Columns, schema).Missing);
    }

    [Theory]
    [InlineData(true, "boolean")]
    [InlineData(5L, "number")]
    [InlineData(1.5, "number")]
    [InlineData("x", "string")]
    public void A_field_that_is_made_for_a_constant_has_its_type(object constant, string type) =>
        Assert.Equal([new NewField("fresh", type)],
            FieldPlan.Make(TestSyncs.Visitors with { Fields = [new("fresh") { Constant = constant }] },
            [], new PendoSchema([])).Missing);

    [Theory]
    [InlineData(typeof(DateOnly), "")]
    [InlineData(typeof(DateTime), "timestamp")]
    [InlineData(typeof(DateTime), "timestamptz")]
    public void A_field_that_is_made_for_any_kind_of_time_is_one(Type type, string system)
    {
        var rows = new TestRows([new("at", type, system)]);
        var sync = TestSyncs.Visitors with { Fields = [new("fresh") { Column = "at" }] };
        Assert.Equal([new NewField("fresh", "time")], FieldPlan.Make(sync, rows.Columns, new PendoSchema([])).Missing);
    }

    [Fact]
    public void A_constant_time_that_the_zone_skips_is_told_before_a_row_is_read()
    {
        var rows = new TestRows([new("id", typeof(string))]);
        var sync = TestSyncs.Visitors with { Fields = [new("when") { Constant = "2026-03-29T02:30:00" }] };
        var plan = FieldPlan.Make(sync, rows.Columns, new PendoSchema([new("when", "time")]));
        var problem = Assert.Throws<ProblemException>(() => new RecordMapper(sync, "visitorId", plan, rows.Columns, rows,
            TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), new HashSeeds(1, 2))).Problem;

        Assert.StartsWith("the constant of field 'when' does not fit its type in Pendo: ", problem.Message);
        Assert.Equal(("sync 'visitors'", "Correct the constant."), (problem.Place, problem.Fix));
    }

    [Fact]
    public void A_long_key_is_taken_whole()
    {
        var keys = new[] { new string('ü', 300), "short", new string('x', 100), new string('名', 3000) };
        var rows = new TestRows([new("id", typeof(string))], [.. keys.Select(key => new object?[] { key })]);
        var mapper = new RecordMapper(TestSyncs.Visitors, "visitorId", new FieldPlan([], []), rows.Columns, rows, TimeZoneInfo.Utc,
            new HashSeeds(1, 2));
        foreach (var key in keys)
        {
            Assert.True(rows.Read());
            Assert.Null(mapper.Map(rows));
            Assert.Equal($"{{\"visitorId\":\"{key}\",\"values\":{{}}}}", System.Text.Encoding.UTF8.GetString(mapper.Payload));
        }
    }

    [Fact]
    public void A_cursor_that_cannot_be_one_is_told_with_what_to_use()
    {
        var sync = TestSyncs.Visitors with { Model = new Model { Table = "t", Cursor = "c" } };
        var bytes = Refused(new TestRows([new("C", typeof(byte[]), "bytea")]));
        Assert.Equal(("the cursor column 'C' is of type bytea, which has no order in time", "sync 'visitors', cursor",
            "Use a number, date or timestamp column."), (bytes.Message, bytes.Place, bytes.Fix));
        var missing = Refused(new TestRows([new("x", typeof(int))]));
        Assert.Equal(("sync 'visitors', cursor", "Correct `cursor:` in syncs/visitors.yaml."), (missing.Place, missing.Fix));

        var row = TestRows.Cell("no number", typeof(int));
        var broken = Assert.Throws<ProblemException>(() => new CursorReader(sync, row.Columns, row).Read(row)).Problem;
        Assert.Equal(("the cursor column 'c' holds a value that is infinite, out of range or not of the column's type",
            "Give such rows a time or number, or null, in the model's SQL; rows whose cursor is null are read every time."),
            (broken.Message, broken.Fix));
        var mixed = new TestRows([new("c", typeof(object))], [1L], [new DateOnly(2026, 3, 1)]);
        var reader = new CursorReader(sync, mixed.Columns, mixed);
        mixed.Read();
        reader.Read(mixed);
        mixed.Read();
        Assert.Equal("the cursor column 'c' holds values of several types",
            Assert.Throws<ProblemException>(() => reader.Read(mixed)).Problem.Message);

        Problem Refused(TestRows rows) => Assert.Throws<ProblemException>(() => new CursorReader(sync, rows.Columns, rows)).Problem;
    }

    private static Problem RefusedEvent(Func<EventDefinition, EventDefinition> change, TestColumn? more = null, string key = "id")
    {
        TestColumn[] columns = [new("id", typeof(string)), new("v", typeof(string)), new("at", typeof(DateTime), "timestamptz"),
            new("flag", typeof(bool)), new("odd", typeof(TimeSpan), "unsupported")];
        var rows = new TestRows([.. columns, .. more is null ? [] : new[] { more }]);
        var sync = TestSyncs.Events with { Key = key, Event = change(TestSyncs.Events.Event!) };
        return Assert.Throws<ProblemException>(() => new EventMapper(sync, rows.Columns, rows, TimeZoneInfo.Utc, new HashSeeds(1, 2),
            new ManualClock())).Problem;
    }
}
