using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Sources;
using PendoSync.Tests.Records;
using PendoSync.Values;

namespace PendoSync.Tests.Warehouses.Postgres;

/// <summary>Every type PostgreSQL documents, read from a real server.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresTypeTests(PostgresFixture postgres)
{
    [PostgresTheory]
    [InlineData("true", ColumnKind.Boolean, "True")]
    [InlineData("32767::smallint", ColumnKind.Integer, "32767")]
    [InlineData("-2147483648", ColumnKind.Integer, "-2147483648")]
    [InlineData("9223372036854775807", ColumnKind.Integer, "9223372036854775807")]
    [InlineData("0.1::real", ColumnKind.Double, "0.1")]
    [InlineData("0.1::double precision", ColumnKind.Double, "0.1")]
    [InlineData("12.50::numeric(10,2)", ColumnKind.Decimal, "12.50")]
    [InlineData("12345678901234567890123456789012345678.901::numeric", ColumnKind.Decimal, "12345678901234567890123456789012345678.901")]
    [InlineData("1e20::numeric(38,10)", ColumnKind.Decimal, "100000000000000000000.0000000000")]
    [InlineData("'NaN'::numeric", ColumnKind.Decimal, "NaN")]
    [InlineData("'text'::text", ColumnKind.Text, "text")]
    [InlineData("'text'::varchar(20)", ColumnKind.Text, "text")]
    [InlineData("'ab'::char(3)", ColumnKind.Text, "ab")]
    [InlineData("'n'::name", ColumnKind.Text, "n")]
    [InlineData("'x'::\"char\"", ColumnKind.Text, "x")]
    [InlineData("'<a/>'::xml", ColumnKind.Text, "<a/>")]
    [InlineData("'10:20:30'::time", ColumnKind.Text, "10:20:30")]
    [InlineData("'10.0.0.1'::inet", ColumnKind.Text, "10.0.0.1")]
    [InlineData("'6F9619FF-8B86-D011-B42D-00C04FC964FF'::uuid", ColumnKind.Uuid, "6f9619ff-8b86-d011-b42d-00c04fc964ff")]
    [InlineData("'{\"a\": 1}'::json", ColumnKind.Json, "{\"a\": 1}")]
    [InlineData("'{\"a\":1}'::jsonb", ColumnKind.Json, "{\"a\": 1}")]
    [InlineData("'happy'::types.mood", ColumnKind.Text, "happy")]
    [InlineData("7::types.positive", ColumnKind.Integer, "7")]
    [InlineData("'12.5'::money", ColumnKind.Unsupported, "$12.50")]
    [InlineData("'1 day'::interval", ColumnKind.Unsupported, "1 day")]
    [InlineData("'(1,2)'::point", ColumnKind.Unsupported, "(1,2)")]
    [InlineData("'[1,5)'::int4range", ColumnKind.Unsupported, "[1,5)")]
    [InlineData("'a b'::tsvector", ColumnKind.Unsupported, "'a' 'b'")]
    [InlineData("row(1,'x')", ColumnKind.Unsupported, "(1,x)")]
    [InlineData("b'101'", ColumnKind.Text, "101")]
    public async Task Scalar(string expression, object kind, string text)
    {
        var (cell, column) = await CellAsync(expression);
        Assert.Equal((ColumnKind)kind, column.Kind);
        Assert.Equal(text, FormattableString.Invariant($"{cell}"));
    }

    [PostgresFact]
    public async Task Times()
    {
        Assert.Equal((new DateOnly(2026, 3, 1), ColumnKind.Date), await ValueAsync("'2026-03-01'::date"));
        Assert.Equal((new DateTime(2026, 3, 1, 12, 0, 0).AddTicks(1_234_560), ColumnKind.Timestamp),
            await ValueAsync("'2026-03-01 12:00:00.123456'::timestamp"));
        var (instant, kind) = await ValueAsync("'2026-03-01 12:00:00+02'::timestamptz");
        Assert.Equal((new DateTime(2026, 3, 1, 10, 0, 0, DateTimeKind.Utc), ColumnKind.Instant, DateTimeKind.Utc),
            ((DateTime)instant, kind, ((DateTime)instant).Kind));
        Assert.Equal((new DateTime(1, 1, 1), ColumnKind.Timestamp), await ValueAsync("'0001-01-01 00:00:00'::timestamp"));
        Assert.Equal((new DateOnly(9999, 12, 31), ColumnKind.Date), await ValueAsync("'9999-12-31'::date"));
    }

    [PostgresTheory]
    [InlineData("'infinity'::timestamptz")]
    [InlineData("'-infinity'::timestamp")]
    [InlineData("'infinity'::date")]
    [InlineData("'294276-01-01'::timestamp")]
    [InlineData("'0001-12-31 BC'::date")]
    [InlineData("array[null, 'infinity'::date]")]
    [InlineData("array['10000-01-01'::date]")]
    public async Task A_time_that_NET_cannot_hold_is_out_of_range_and_no_other_time(string expression)
    {
        await using var warehouse = PostgresRows.Open(postgres);
        var model = new Model { Sql = $"select 1 as n, {expression} as v" };
        foreach (var from in new[] { null, ReadFrom.At("n", CursorValue.Of(0m)) })
        {
            await using var reader = await warehouse.OpenAsync(model, from, default);
            Assert.True(await reader.ReadAsync());
            Assert.Throws<OverflowException>(() => reader.GetValue(1));
            if (!expression.StartsWith("array", StringComparison.Ordinal))
                Assert.Throws<OverflowException>(() => reader.GetDateTime(1));
        }
    }

    [PostgresFact]
    public async Task An_infinite_cursor_ends_the_read_with_a_fix()
    {
        await using var warehouse = PostgresRows.Open(postgres);
        var sync = TestSyncs.Visitors with { Model = new Model { Sql = "select 'v' as id, 'infinity'::timestamptz as at", Cursor = "at" } };
        await using var reader = await warehouse.OpenAsync(sync.Model, null, default);
        await reader.ReadAsync();
        var cursor = new CursorReader(sync, WarehouseColumns.Of(reader), reader);

        var problem = Assert.Throws<ProblemException>(() => cursor.Read(reader)).Problem;
        Assert.Equal((ProblemKind.Configuration, "sync 'visitors', cursor"), (problem.Kind, problem.Place));
        Assert.Contains("'at'", problem.Message, StringComparison.Ordinal);
        Assert.Contains("null", problem.Fix, StringComparison.Ordinal);
        Assert.Null(cursor.Largest);
    }

    [PostgresFact]
    public async Task Bytes_and_arrays()
    {
        Assert.Equal(new byte[] { 1, 255 }, await ValueAsync("'\\x01ff'::bytea", ColumnKind.Bytes));
        Assert.Equal(new[] { "a", "b" }, await ValueAsync("array['a','b']", ColumnKind.Array));
        Assert.Equal(new int?[] { 1, null }, await ValueAsync("array[1,null]::int[]", ColumnKind.Array));
        Assert.Equal(new[] { 1.5m }, await ValueAsync("array[1.5]::numeric(5,1)[]", ColumnKind.Array));
        Assert.Equal(new DateOnly?[] { new(2026, 3, 1), null }, await ValueAsync("array['2026-03-01'::date, null]", ColumnKind.Array));
        Assert.Equal("{\"1 day\"}", await ValueAsync("array['1 day'::interval]", ColumnKind.Unsupported));
        Assert.Equal("{\"2026-03-01 12:00:00\"}", await ValueAsync("array['2026-03-01 12:00:00'::timestamp]", ColumnKind.Unsupported));
    }

    [PostgresFact]
    public async Task Citext_is_text_and_its_key_keeps_case()
    {
        if (!File.Exists("/usr/share/postgresql/" + Path.GetFileName(Path.GetDirectoryName(PostgresServer.Binaries))
            + "/extension/citext.control"))
            return;
        await postgres.ExecuteAsync(
            "create extension if not exists citext; drop table if exists ci; create table ci (id citext); insert into "
            + "ci values ('Ann'), ('BOB')");
        await using var warehouse = PostgresRows.Open(postgres);
        Assert.Equal("BOB", Assert.Single(await warehouse.ReadAsync(new Model { Table = "ci" }, ReadFrom.OneKey("id", "BOB")))[0]);
        Assert.Empty(await warehouse.ReadAsync(new Model { Table = "ci" }, ReadFrom.OneKey("id", "bob")));
    }

    [PostgresFact]
    public async Task Uuid_and_quoted_names_can_be_filtered()
    {
        await postgres.ExecuteAsync("drop table if exists \"Odd.Name\"; create table \"Odd.Name\" (\"userId\" uuid, \"Order\" date); " +
            "insert into \"Odd.Name\" values ('6F9619FF-8B86-D011-B42D-00C04FC964FF', '2026-01-01'), (gen_random_uuid(), '2026-01-03')");
        await using var warehouse = PostgresRows.Open(postgres);
        var model = new Model { Table = "public.\"Odd.Name\"" };
        Assert.Single(await warehouse.ReadAsync(model, ReadFrom.OneKey("userid", "6f9619ff-8b86-d011-b42d-00c04fc964ff")));
        Assert.Single(await warehouse.ReadAsync(model, ReadFrom.At("order", CursorValue.Of(new DateOnly(2026, 1, 2)))));
    }

    [PostgresTheory]
    [InlineData("timestamp", "t:2026-01-02T00:00:00.0000000")]
    [InlineData("timestamptz", "i:2026-01-02T00:00:00.0000000Z")]
    [InlineData("date", "d:2026-01-02")]
    [InlineData("text", "s:2026-01-02T00:00:00Z")]
    public async Task Cursor_is_bound_in_the_column_s_own_type(string type, string cursor)
    {
        await postgres.ExecuteAsync($"drop table if exists cur; create table cur (at {type}); set timezone = 'Asia/Tokyo'; " +
            $"insert into cur select (case when '{type}' = 'text' then to_char(d, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') else d::text || (case "
                + $"when '{type}' = 'timestamptz' then '+00' else '' end) end)::{type} " +
            "from generate_series('2026-01-01'::timestamp, '2026-01-03', '1 day') d; insert into cur values (null)");
        await using var warehouse = PostgresRows.Open(postgres);
        Assert.Equal(3, (await warehouse.ReadAsync(new Model { Table = "cur" }, ReadFrom.At("at", CursorValue.Parse(cursor)))).Count);
    }

    private async Task<(object Cell, ColumnKind Kind)> ValueAsync(string expression)
    {
        var (cell, column) = await CellAsync(expression);
        return (cell, column.Kind);
    }

    private async Task<object> ValueAsync(string expression, ColumnKind kind)
    {
        var (cell, column) = await CellAsync(expression);
        Assert.Equal(kind, column.Kind);
        return cell;
    }

    private async Task<(object Cell, WarehouseColumn Column)> CellAsync(string expression)
    {
        await postgres.ExecuteAsync(
            "create schema if not exists types; do $$ begin create type types.mood as enum ('happy', 'sad'); create domain types.positive "
            + "as int check (value > 0); exception when duplicate_object then null; end $$");
        await using var warehouse = PostgresRows.Open(postgres);
        await using var reader = await warehouse.OpenAsync(new Model { Sql = $"select {expression} as v" }, null, default);
        Assert.True(await reader.ReadAsync());
        Assert.False(reader.IsDBNull(0));
        if (reader.GetFieldType(0) == typeof(string))
            Assert.Equal(reader.GetValue(0), reader.GetString(0));
        return (reader.GetValue(0), WarehouseColumns.Of(reader)[0]);
    }
}
