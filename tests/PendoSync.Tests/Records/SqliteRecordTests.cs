using System.Data.Common;
using System.Text;
using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Records;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses;
using PendoSync.Tests.Warehouses.Sqlite;
using PendoSync.Tests.Worlds;
using PendoSync.Values;

namespace PendoSync.Tests.Records;

/// <summary>From a cell of a real SQLite file to the field that is made for it and the record that is sent.</summary>
public sealed class SqliteRecordTests : IDisposable
{
    private static readonly PendoSchema _schema = new([new("text", "string"), new("number", "float"), new("when", "time")]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("integer", "number")]
    [InlineData("BIGINT UNSIGNED", "number")]
    [InlineData("int(11)", "number")]
    [InlineData("real", "number")]
    [InlineData("double precision", "number")]
    [InlineData("decimal(10, 2)", "number")]
    [InlineData("varchar(20)", "string")]
    [InlineData("text", "string")]
    [InlineData("boolean", "boolean")]
    [InlineData("timestamp", "time")]
    public async Task A_missing_field_is_made_with_the_declared_type(string declared, string created)
    {
        var plan = await PlanAsync($"create table t (id text, v {declared})", new FieldMapping("fresh") { Column = "v" });

        Assert.Equal([new NewField("fresh", created)], plan.Missing);
    }

    [Theory]
    [InlineData("integer")]
    [InlineData("")]
    public async Task A_missing_field_with_a_unit_is_a_time(string declared)
    {
        var plan = await PlanAsync($"create table t (id text, v {declared})",
            new FieldMapping("fresh") { Column = "v", Unit = InstantUnit.Seconds });

        Assert.Equal([new NewField("fresh", "time")], plan.Missing);
        Assert.Equal(FieldTarget.Time, Assert.Single(plan.Fields).Target);
    }

    [Theory]
    [InlineData("create table t (id text, v)")]
    [InlineData("create table t (id text, v money)")]
    [InlineData("create table t (id text, v interval)")]
    [InlineData("create view t as select 'a' as id, 1 + 1 as v")]
    public async Task A_missing_field_of_a_column_without_a_type_needs_one_in_the_definition(string create)
    {
        var problem =
            (await Assert.ThrowsAsync<ProblemException>(() => PlanAsync(create, new FieldMapping("fresh") { Column = "v" }))).Problem;

        Assert.Equal((ProblemKind.Configuration, "sync 'visitors'"), (problem.Kind, problem.Place));
        foreach (var part in new[] { "'fresh'", "'v'", "`type: string`" })
            Assert.Contains(part, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_without_a_type_fits_a_field_that_has_one()
    {
        Assert.Equal([new NewField("fresh", "number")],
            (await PlanAsync("create table t (id text, v)", new FieldMapping("fresh") { Column = "v", Type = FieldType.Number })).Missing);
        Assert.Equal(FieldTarget.Number,
            Assert.Single((await PlanAsync("create table u (id text, v)", new FieldMapping("number") { Column = "v" })).Fields).Target);
    }

    [Fact]
    public async Task An_integer_column_of_a_time_field_needs_its_unit()
    {
        var problem = await Assert.ThrowsAsync<ProblemException>(() =>
            PlanAsync("create table t (id text, v integer)", new FieldMapping("when") { Column = "v" }));

        Assert.Contains("`unit: s`", problem.Message, StringComparison.Ordinal);
        Assert.Equal(FieldTarget.Time,
            Assert.Single((await PlanAsync("create table u (id text, v text)", new FieldMapping("when") { Column = "v" })).Fields).Target);
    }

    [Fact]
    public async Task An_integer_timestamp_of_an_event_needs_its_unit()
    {
        SqliteRows.Run(_folder.File("w.db"), "create table t (id text, v text, at integer)");
        await using var reader = await ReadAsync("select * from t");

        var problem = Assert.Throws<ProblemException>(() =>
            new EventMapper(TestSyncs.Events, WarehouseColumns.Of(reader), reader, TimeZoneInfo.Utc, new HashSeeds(1, 2),
            TimeProvider.System));
        Assert.Contains("`unit: s`", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("")]
    [InlineData("json")]
    [InlineData("boolean")]
    public async Task Text_that_is_no_UTF_8_is_invalid_and_not_altered(string declared)
    {
        Assert.Equal(new Invalid(Rules.NotUnicode, "v"), (await MapAsync(declared, "cast(x'4dfc6c' as text)", "text")).Invalid);
        Assert.Equal(new Invalid(Rules.NotUnicode, "v"), (await MapAsync(declared, "cast(x'4dfc6c' as text)", "number")).Invalid);
    }

    [Fact]
    public async Task A_key_that_is_no_UTF_8_is_an_invalid_row()
    {
        SqliteRows.Run(_folder.File("w.db"),
            "create table t (id text, number integer); insert into t values (cast(x'4dfc6c' as text), 1), (cast(x'4dfd6c' as text), 2)");
        await using var reader = await ReadAsync("select * from t");
        var mapper = Mapper(reader, new FieldMapping("number") { Column = "number" });
        for (var i = 0; i < 2; i++)
        {
            Assert.True(await reader.ReadAsync());
            Assert.Equal(new Invalid(Rules.NotUnicode, "id"), mapper.Map(reader));
            Assert.Equal((null, 0UL), (mapper.Key, mapper.KeyHash));
        }
    }

    [Theory]
    [InlineData("cast(x'4dfc6c' as text)", "'v'", "'p'", "e")]
    [InlineData("'e'", "cast(x'4dfc6c' as text)", "'p'", "v")]
    [InlineData("'e'", "'v'", "cast(x'4dfc6c' as text)", "p")]
    public async Task Text_of_an_event_that_is_no_UTF_8_is_invalid(string name, string visitor, string property, string column)
    {
        SqliteRows.Run(_folder.File("w.db"),
            $"create table t (id text, e text, v text, p json, at text); insert into t values ('i', {name}, {visitor}, {property}, "
            + "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 hour'))");
        await using var reader = await ReadAsync("select * from t");
        var sync = TestSyncs.Events with
        {
            Event = TestSyncs.Events.Event! with
            {
                Name = new ValueSource { Column = "e" },
                Properties = new Dictionary<string, ValueSource>(StringComparer.Ordinal) { ["p"] = new() { Column = "p" } },
            },
        };
        var mapper = new EventMapper(sync, WarehouseColumns.Of(reader), reader, TimeZoneInfo.Utc, new HashSeeds(1, 2), TimeProvider.System);
        Assert.True(await reader.ReadAsync());

        Assert.Equal(new Invalid(Rules.NotUnicode, column), mapper.Map(reader));
    }

    [Theory]
    [InlineData("'2026-03-01'")]
    [InlineData("'2026-03-01 00:00:00'")]
    [InlineData("'2026-03-01T00:00Z'")]
    [InlineData("strftime('%s', '2026-03-01') + 0")]
    [InlineData("julianday('2026-03-01')")]
    public async Task A_date_is_sent_as_its_day(string literal)
    {
        Assert.Equal((null, """{"visitorId":"i","values":{"text":"2026-03-01"}}"""), await MapAsync("date", literal, "text"));
        Assert.Equal((null, """{"visitorId":"i","values":{"when":"2026-03-01T00:00:00Z"}}"""), await MapAsync("date", literal, "when"));
    }

    [Theory]
    [InlineData("'2026-03-01 15:30:00'")]
    [InlineData("'2026-03-01T00:00:00+02:00'")]
    [InlineData("strftime('%s', '2026-03-01 15:30:00') + 0")]
    [InlineData("julianday('2026-03-01 15:30:00')")]
    public async Task A_time_of_day_in_a_date_column_is_not_dropped(string literal)
    {
        Assert.Equal(new Invalid(Rules.OutOfRange, "v"), (await MapAsync("date", literal, "text")).Invalid);
        Assert.Equal(new Invalid(Rules.OutOfRange, "v"), (await MapAsync("date", literal, "when")).Invalid);
    }

    [Fact]
    public async Task A_cursor_of_dates_with_a_time_of_day_starts_with_the_day()
    {
        SqliteRows.Run(_folder.File("w.db"), "create table t (id text, at date); insert into t values ('i', '2026-03-01 15:30:00')");
        await using var reader = await ReadAsync("select * from t");
        Assert.True(await reader.ReadAsync());

        Assert.Equal("d:2026-03-01", new CursorReader(TestSyncs.Visitors with { Model = new Model { Table = "t", Cursor = "at" } },
            WarehouseColumns.Of(reader), reader).Read(reader).ToString());
    }

    [Theory]
    [InlineData("1e-30", "1E-30")]
    [InlineData("5.551115123125783e-17", "5.551115123125783E-17")]
    [InlineData("1e20", "100000000000000000000")]
    [InlineData("1e300", "1E+300")]
    [InlineData("12.50", "12.5")]
    [InlineData("9007199254740993", "9007199254740993")]
    [InlineData("'150000000000000000000000000000000'", "1.5E+32")]
    public async Task A_decimal_keeps_every_digit_that_SQLite_keeps(string literal, string number)
    {
        Assert.Equal((null, $$$"""{"visitorId":"i","values":{"number":{{{number}}}}}"""), await MapAsync("numeric", literal, "number"));
        Assert.Equal((null, $$$"""{"visitorId":"i","values":{"text":"{{{number}}}"}}"""), await MapAsync("numeric", literal, "text"));
    }

    [Theory]
    [InlineData("'many'", Rules.NotNumber)]
    [InlineData("1e999", Rules.NotFinite)]
    [InlineData("x'01'", Rules.OutOfRange)]
    public async Task A_decimal_that_is_no_number_is_invalid(string literal, string rule)
    {
        Assert.Equal(new Invalid(rule, "v"), (await MapAsync("numeric", literal, "number")).Invalid);
        Assert.Equal(new Invalid(rule, "v"), (await MapAsync("numeric", literal, "text")).Invalid);
    }

    [Theory]
    [InlineData("timestamp", "'01/02/2026'", Rules.NotTime)]
    [InlineData("timestamp", "'01.03.2026 10:00'", Rules.NotTime)]
    [InlineData("datetime", "'2026-02-30 12:00:00'", Rules.NotTime)]
    [InlineData("timestamptz", "'yesterday'", Rules.NotTime)]
    [InlineData("date", "'01/02/2026'", Rules.NotTime)]
    [InlineData("date", "''", Rules.NotTime)]
    [InlineData("timestamp", "x'04'", Rules.NotTime)]
    [InlineData("timestamp", "cast(x'4dfc6c' as text)", Rules.NotUnicode)]
    [InlineData("timestamp", "1e300", Rules.OutOfRange)]
    [InlineData("boolean", "'yes'", Rules.NotBoolean)]
    [InlineData("boolean", "''", Rules.NotBoolean)]
    [InlineData("boolean", "7", Rules.NotBoolean)]
    [InlineData("boolean", "0.5", Rules.NotBoolean)]
    [InlineData("boolean", "x'04'", Rules.NotBoolean)]
    public async Task A_cell_that_is_not_what_its_column_is_declared_as_breaks_the_rule_that_a_text_column_breaks(string declared,
        string literal, string rule)
    {
        foreach (var field in new[] { "text", "number", "when" })
            Assert.Equal(new Invalid(rule, "v"), (await MapAsync(declared, literal, field)).Invalid);
    }

    [Fact]
    public async Task A_timestamp_of_an_event_that_is_no_time_is_called_that()
    {
        SqliteRows.Run(_folder.File("w.db"),
            "create table t (id text, v text, at timestamp); insert into t values ('i', 'v', '01/02/2026')");
        await using var reader = await ReadAsync("select * from t");
        var mapper = new EventMapper(TestSyncs.Events, WarehouseColumns.Of(reader), reader, TimeZoneInfo.Utc, new HashSeeds(1, 2),
            TimeProvider.System);
        Assert.True(await reader.ReadAsync());

        Assert.Equal(new Invalid(Rules.NotTime, "at"), mapper.Map(reader));
    }

    [Fact]
    public async Task A_key_of_bytes_is_called_no_id()
    {
        SqliteRows.Run(_folder.File("w.db"), "create table t (id text, number integer); insert into t values (x'04', 1)");
        await using var reader = await ReadAsync("select * from t");
        Assert.True(await reader.ReadAsync());

        Assert.Equal(new Invalid(Rules.NotAnId, "id"), Mapper(reader, new FieldMapping("number") { Column = "number" }).Map(reader));
    }

    // One cell of a column of that declared type, mapped to a field of the schema.
    private async Task<(Invalid? Invalid, string? Json)> MapAsync(string declared, string literal, string field)
    {
        SqliteRows.Run(_folder.File("w.db"),
            $"drop table if exists t; create table t (id text, v {declared}); insert into t values ('i', {literal})");
        await using var reader = await ReadAsync("select * from t");
        var mapper = Mapper(reader, new FieldMapping(field) { Column = "v" });
        Assert.True(await reader.ReadAsync());
        return mapper.Map(reader) is { } invalid ? (invalid, null) : (null, Encoding.UTF8.GetString(mapper.Payload));
    }

    private static RecordMapper Mapper(DbDataReader reader, FieldMapping field)
    {
        var (sync, columns) = (TestSyncs.Visitors with { Fields = [field] }, WarehouseColumns.Of(reader));
        return new RecordMapper(sync, "visitorId",
            FieldPlan.Make(sync, columns, _schema), columns, reader, TimeZoneInfo.Utc, new HashSeeds(1, 2));
    }

    private async Task<FieldPlan> PlanAsync(string create, FieldMapping field)
    {
        SqliteRows.Run(_folder.File("w.db"), create);
        await using var reader = await ReadAsync($"select * from {create.Split(' ')[2]}");
        return FieldPlan.Make(TestSyncs.Visitors with { Fields = [field], CreateFields = true }, WarehouseColumns.Of(reader), _schema);
    }

    private Task<DbDataReader> ReadAsync(string sql) =>
        TestWarehouse.Make("sqlite", new Dictionary<string, string> { ["file"] = "w.db" }, directory: _folder.Path)
            .OpenAsync(new Model { Sql = sql }, null, CancellationToken.None);
}
