using System.Globalization;
using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Sources;
using PendoSync.Tests.Records;
using PendoSync.Values;

namespace PendoSync.Tests.Warehouses.MySql;

/// <summary>Every type of MySQL at its edges, read from a real MariaDB.</summary>
[Collection(MariaDbCollection.Name)]
public sealed class MySqlTypeTests(MariaDbFixture maria)
{
    [MariaDbTheory]
    [InlineData("boolean", "true", ColumnKind.Boolean, "true")]
    [InlineData("tinyint(1)", "1", ColumnKind.Boolean, "true")]
    [InlineData("tinyint", "-128", ColumnKind.Integer, "-128")]
    [InlineData("smallint unsigned", "65535", ColumnKind.Integer, "65535")]
    [InlineData("mediumint", "-8388608", ColumnKind.Integer, "-8388608")]
    [InlineData("int unsigned", "4294967295", ColumnKind.Integer, "4294967295")]
    [InlineData("bigint", "-9223372036854775808", ColumnKind.Integer, "-9223372036854775808")]
    [InlineData("bigint unsigned", "18446744073709551615", ColumnKind.Integer, "18446744073709551615")]
    [InlineData("bit(1)", "b'1'", ColumnKind.Integer, "1")]
    [InlineData("bit(64)", "~0", ColumnKind.Integer, "18446744073709551615")]
    [InlineData("year", "2155", ColumnKind.Integer, "2155")]
    [InlineData("decimal(10,2)", "12.5", ColumnKind.Decimal, "12.50")]
    [InlineData("decimal(65,30)", "-12345678901234567890123456789012345.123456789012345678901234567890", ColumnKind.Decimal,
        "-12345678901234567890123456789012345.123456789012345678901234567890")]
    [InlineData("float", "1234567.8", ColumnKind.Double, "1234567.8")]
    [InlineData("float", "0.7", ColumnKind.Double, "0.7")]
    [InlineData("double", "1.7976931348623157e308", ColumnKind.Double, "1.7976931348623157E+308")]
    [InlineData("double", "0.1", ColumnKind.Double, "0.1")]
    [InlineData("char(10)", "'ab  '", ColumnKind.Text, "\"ab\"")]
    [InlineData("varchar(10)", "'ab  '", ColumnKind.Text, "\"ab  \"")]
    [InlineData("varchar(20) character set latin1", "'Zürich'", ColumnKind.Text, "\"Zürich\"")]
    [InlineData("char(36)", "'6F9619FF-8B86-D011-B42D-00C04FC964FF'", ColumnKind.Text, "\"6F9619FF-8B86-D011-B42D-00C04FC964FF\"")]
    [InlineData("longtext", "'日本🚀'", ColumnKind.Text, "\"日本🚀\"")]
    [InlineData("enum('a','b')", "'b'", ColumnKind.Text, "\"b\"")]
    [InlineData("set('x','y')", "'x,y'", ColumnKind.Text, "\"x,y\"")]
    [InlineData("json", "'[1]'", ColumnKind.Text, "\"[1]\"")]
    [InlineData("time(6)", "'-838:59:59.123'", ColumnKind.Text, "\"-838:59:59.123\"")]
    [InlineData("time", "'01:02:03'", ColumnKind.Text, "\"01:02:03\"")]
    [InlineData("date", "'9999-12-31'", ColumnKind.Date, "\"9999-12-31\"")]
    [InlineData("datetime(6)", "'1000-01-01 00:00:00.000001'", ColumnKind.Timestamp, "\"1000-01-01T00:00:00.000001Z\"")]
    [InlineData("timestamp(6)", "'2038-01-19 03:14:07.999999'", ColumnKind.Instant, "\"2038-01-19T03:14:07.999999Z\"")]
    [InlineData("uuid", "'6F9619FF-8B86-D011-B42D-00C04FC964FF'", ColumnKind.Text, "\"6f9619ff-8b86-d011-b42d-00c04fc964ff\"")]
    public async Task Value_is_sent_as_it_is(string type, string literal, object kind, string json)
    {
        await maria.ExecuteAsync(
            $"drop table if exists shop.one; create table shop.one (v {type} null); set time_zone = '+00:00'; " +
            $"insert into shop.one values ({literal}), (null)");
        await using var warehouse = maria.Open();
        await using var reader = await warehouse.OpenAsync(new Model { Sql = "select v from one order by v is null" }, null, default);
        var column = Assert.Single(WarehouseColumns.Of(reader));
        Assert.Equal((ColumnKind)kind, column.Kind);
        Assert.True(await reader.ReadAsync());
        var written = new JsonBuffer();
        Assert.Null(new CellWriter(column, reader, FieldTarget.Any, TimeZoneInfo.Utc, null).Write(reader, written));
        Assert.Equal(json, System.Text.Encoding.UTF8.GetString(written.Written));
        Assert.True(await reader.ReadAsync());
        Assert.True(reader.IsDBNull(0));
    }

    [MariaDbFact]
    public async Task Sums_and_averages_are_numbers()
    {
        await maria.ExecuteAsync(
            "drop table if exists shop.sums; create table shop.sums (i int, d decimal(10,2)); insert into shop.sums values (1, " +
            "0.25), (2, 0.50)");
        await using var warehouse = maria.Open();
        await using var reader = await warehouse.OpenAsync(
            new Model { Sql = "select sum(i) as a, sum(d) as b, avg(d) as c, count(*) as n from sums" }, null, default);
        Assert.Equal([ColumnKind.Decimal, ColumnKind.Decimal, ColumnKind.Decimal, ColumnKind.Integer], WarehouseColumns.Of(reader)
            .Select(c => c.Kind));
        await reader.ReadAsync();
        Assert.Equal(["3", "0.75", "0.375000"], Enumerable.Range(0, 3).Select(reader.GetString));
    }

    [MariaDbFact]
    public async Task Zero_dates_are_null_and_geometry_is_named()
    {
        await maria.ExecuteAsync(
            "drop table if exists shop.odd; create table shop.odd (d date, t datetime, g geometry); " +
            "insert into shop.odd values ('0000-00-00', '0000-00-00', point(1, 2))");
        await using var warehouse = maria.Open();
        await using var reader = await warehouse.OpenAsync(new Model { Table = "odd" }, null, default);
        Assert.Equal(ColumnKind.Unsupported, WarehouseColumns.Of(reader)[2].Kind);
        await reader.ReadAsync();
        Assert.Equal([DBNull.Value, DBNull.Value, "(GEOMETRY)"], new[] { reader.GetValue(0), reader.GetValue(1), reader.GetValue(2) });
    }

    [MariaDbTheory]
    [InlineData("int", "7", "8", "9")]
    [InlineData("decimal(40,10)", "7.5", "8.5", "9.5")]
    [InlineData("float", "0.1", "0.7", "0.9")]
    [InlineData("double", "0.1", "0.7", "0.9")]
    [InlineData("date", "'2026-03-01'", "'2026-03-02'", "'2026-03-03'")]
    [InlineData("datetime(6)", "'2026-03-01 12:00:00.000001'", "'2026-03-01 12:00:00.000002'", "'2026-03-01 12:00:00.000003'")]
    [InlineData("timestamp(6)", "'2026-03-01 12:00:00.000001'", "'2026-03-01 12:00:00.000002'", "'2026-03-01 12:00:00.000003'")]
    [InlineData("varchar(30)", "'2026-03-01T12:00:00Z'", "'2026-03-01T12:00:01Z'", "'2026-03-01T12:00:02Z'")]
    public async Task Cursor_of_each_kind_finds_equal_and_later_rows_again(string type, string before, string equal, string after)
    {
        await maria.ExecuteAsync(
            $"drop table if exists shop.moving; create table shop.moving (id int, at {type} null); " +
            $"insert into shop.moving values (1, {before}), (2, {equal}), (3, {equal}), (4, {after}), (5, null)");
        await using var warehouse = maria.Open();
        foreach (var model in (Model[])[new Model { Table = "moving", Cursor = "AT" },
            new Model { Sql = "select id, at from moving -- all of them\n;", Cursor = "AT" }])
        {
            var value = await LargestAsync(warehouse, new Model { Sql = "select at from moving where id = 2", Cursor = "at" });
            for (var again = 0; again < 2; again++)
                Assert.Equal([2, 3, 4, 5], (await warehouse.ReadAsync(model, ReadFrom.At("AT", value)))
                    .Select(r => Convert.ToInt32(r[0], CultureInfo.InvariantCulture)).Order());
        }
    }

    [MariaDbFact]
    public async Task Views_and_odd_names_are_read()
    {
        await maria.ExecuteAsync(
            "drop table if exists shop.`odd``name.x`; create table shop.`odd``name.x` (`select` int, `a b` text, `ä``b` text); " +
            "insert into shop.`odd``name.x` values (1, 'b', 'c'); " +
            "create or replace view shop.seen as select `select`, `a b` from shop.`odd``name.x`");
        await using var warehouse = maria.Open();
        Assert.Equal([1, "b", "c"], Assert.Single(
            await warehouse.ReadAsync(new Model { Table = "shop.`odd``name.x`" }, ReadFrom.OneKey("ä`b", "c"))));
        Assert.Equal([1, "b"], Assert.Single(await warehouse.ReadAsync(new Model { Table = "seen" }, ReadFrom.OneKey("select", "1"))));
    }

    [MariaDbFact]
    public async Task Variables_of_a_query_are_left_alone()
    {
        await using var warehouse = maria.Open();
        var model = new Model { Sql = "select seq as id, @n := ifnull(@n, 0) + 1 as n, 'a@b' as mail from seq_1_to_3" };
        Assert.Equal(3, (await warehouse.ReadAsync(model)).Count);
        Assert.Equal("a@b", Assert.Single(await warehouse.ReadAsync(model, ReadFrom.OneKey("id", "2")))[2]);
    }

    private static async Task<CursorValue> LargestAsync(IWarehouse warehouse, Model model)
    {
        await using var reader = await warehouse.OpenAsync(model, null, default);
        var cursor = new CursorReader(TestSyncs.Visitors with { Model = model }, WarehouseColumns.Of(reader), reader);
        while (await reader.ReadAsync())
            cursor.Read(reader);
        return cursor.Largest!.Value;
    }

    [MariaDbTheory]
    [InlineData("tinyint unsigned", "255", "255")]
    [InlineData("bigint", "-9223372036854775808", "-9223372036854775808")]
    [InlineData("bigint unsigned", "18446744073709551615", "18446744073709551615")]
    [InlineData("bit(64)", "18446744073709551615", "18446744073709551615")]
    [InlineData("decimal(10, 2)", "7", "7")]
    [InlineData("decimal(30, 2)", "12345678901234567890", "12345678901234567890")]
    [InlineData("decimal(65, 10)", "-1234567890123456789012345678901234567890", "-1234567890123456789012345678901234567890")]
    [InlineData("char(9)", "'Ann'", "Ann")]
    [InlineData("varchar(9) character set latin1", "'Änn'", "Änn")]
    [InlineData("enum('a', 'B')", "'B'", "B")]
    [InlineData("set('a', 'B')", "'a,B'", "a,B")]
    [InlineData("year", "2026", "2026")]
    public async Task Key_of_each_type_is_found_again(string type, string value, string key)
    {
        await maria.ExecuteAsync(
            $"drop table if exists shop.keyed; create table shop.keyed (id {type}); insert into shop.keyed values ({value})");
        await using var warehouse = maria.Open();
        await KeyReturns.AssertAsync(warehouse, new Model { Table = "shop.keyed" }, key);
    }

    [MariaDbFact]
    public async Task Padding_of_char_is_left_out_whatever_the_mode_of_the_server()
    {
        await using var server = await MariaDbServer.StartAsync(maria.Password, options: "--sql-mode=PAD_CHAR_TO_FULL_LENGTH");
        await server.ExecuteAsync("create table mysql.padded (id char(10), plan varchar(10)); " +
            "insert into mysql.padded values ('acme', 'pro ')");
        await using var warehouse = maria.Open(("port", $"{server.Port}"), ("database", "mysql"));
        foreach (var from in (ReadFrom?[])[null, ReadFrom.OneKey("id", "acme")])
            Assert.Equal(["acme", "pro "], Assert.Single(await warehouse.ReadAsync(new Model { Table = "padded" }, from)));
    }
}
