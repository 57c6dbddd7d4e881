using Npgsql;
using PendoSync.Basics;
using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Sources;
using PendoSync.Tests.Records;
using PendoSync.Values;

namespace PendoSync.Tests.Warehouses.Postgres;

/// <summary>
/// Cursors in the column's own type, CHAR(n), a database without an encoding, and a backend that is killed, on a real
/// PostgreSQL.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresKeyTests(PostgresFixture postgres)
{
    [PostgresTheory]
    [InlineData("real", "0.1", "0.7", "0.9")]
    [InlineData("double precision", "0.1", "0.7", "0.9")]
    [InlineData("numeric", "0.1", "0.7", "0.9")]
    [InlineData("smallint", "6", "7", "8")]
    [InlineData("bigint", "6", "7", "8")]
    [InlineData("date", "'2026-03-01'", "'2026-03-02'", "'2026-03-03'")]
    [InlineData("timestamp", "'2026-03-01 12:00:00.000001'", "'2026-03-01 12:00:00.000002'", "'2026-03-01 12:00:00.000003'")]
    [InlineData("timestamptz", "'2026-03-01 12:00:00.000001'", "'2026-03-01 12:00:00.000002'", "'2026-03-01 12:00:00.000003'")]
    [InlineData("text", "'2026-03-01T12:00:00Z'", "'2026-03-01T12:00:01Z'", "'2026-03-01T12:00:02Z'")]
    public async Task Cursor_of_each_kind_finds_equal_and_later_rows_again(string type, string before, string equal, string after)
    {
        await postgres.ExecuteAsync(
            $"drop table if exists moving; create table moving (id int, at {type}); insert into moving values (1, {before}), (2, " +
            $"{equal}), (3, {equal}), (4, {after}), (5, null)");
        await using var warehouse = PostgresRows.Open(postgres);
        var model = new Model { Sql = "select id, at from moving -- all\n;", Cursor = "at" };
        CursorValue value;
        await using (var reader = await warehouse.OpenAsync(new Model { Sql = "select at from moving where id = 2" }, null, default))
        {
            var cursor = new PendoSync.Records.CursorReader(Records.TestSyncs.Visitors with { Model = model },
                WarehouseColumns.Of(reader), reader);
            await reader.ReadAsync();
            value = cursor.Read(reader)!.Value;
        }

        for (var again = 0; again < 2; again++)
            Assert.Equal([2, 3, 4, 5], (await warehouse.ReadAsync(model, ReadFrom.At("at", value))).Select(r => (int)r[0]).Order());
    }

    [PostgresTheory]
    [InlineData("7::smallint", "7")]
    [InlineData("9223372036854775807::bigint", "9223372036854775807")]
    [InlineData("4294967295::oid", "4294967295")]
    [InlineData("7::numeric(10,2)", "7")]
    [InlineData("12345678901234567890::numeric(30,2)", "12345678901234567890")]
    [InlineData("-12345678901234567890123456789012345678901234567890::numeric(60,4)",
        "-12345678901234567890123456789012345678901234567890")]
    [InlineData("'Ann'::text", "Ann")]
    [InlineData("'Ann'::varchar(9)", "Ann")]
    [InlineData("'Ann'::char(9)", "Ann")]
    [InlineData("'Ann'::name", "Ann")]
    [InlineData("'A'::\"char\"", "A")]
    [InlineData("'6F9619FF-8B86-D011-B42D-00C04FC964FF'::uuid", "6f9619ff-8b86-d011-b42d-00c04fc964ff")]
    [InlineData("'10.9.0.1'::inet", "10.9.0.1")]
    [InlineData("'10.9.0.1/24'::inet", "10.9.0.1/24")]
    [InlineData("'::1'::inet", "::1")]
    [InlineData("'10.9.0.0/16'::cidr", "10.9.0.0/16")]
    [InlineData("'08:00:2B:01:02:03'::macaddr", "08:00:2b:01:02:03")]
    [InlineData("b'0101'", "0101")]
    [InlineData("'10:20:30.5'::time", "10:20:30.5")]
    [InlineData("'<a/>'::xml", "<a/>")]
    public async Task Key_of_each_type_is_found_again(string value, string key)
    {
        await using var warehouse = PostgresRows.Open(postgres);
        await KeyReturns.AssertAsync(warehouse, new Model { Sql = $"select {value} as id" }, key);
    }

    [PostgresFact]
    public async Task Key_that_no_row_has_is_missing_whatever_the_type_of_the_column()
    {
        await using var warehouse = PostgresRows.Open(postgres);
        string[] values =
        [
            "7::smallint", "7", "7::bigint", "4294967295::oid", "7::numeric(10,2)", "7::numeric", "'Ann'::text", "'Ann'::char(9)",
            "'Ann'::name", "'A'::\"char\"", "gen_random_uuid()", "'10.9.0.1'::inet", "'08:00:2B:01:02:03'::macaddr", "b'0101'",
            "'10:20'::time",
        ];
        string[] keys =
            ["8", "-1", "99999999999", "-9223372036854775809", new string('9', 40), "7.0", "-0", "x", "' or true --", "%s", "$1"];
        foreach (var value in values)
            foreach (var key in keys)
                Assert.Empty(await warehouse.ReadAsync(new Model { Sql = $"select {value} as id" }, ReadFrom.OneKey("id", key)));
    }

    [PostgresFact]
    public async Task Padding_of_char_is_no_part_of_a_value()
    {
        await postgres.ExecuteAsync(
            "drop table if exists padded; create table padded (id char(10), list char(3)[]); insert into padded values ('acme', " +
            "array['a', 'bcd', null])");
        await using var warehouse = PostgresRows.Open(postgres);
        foreach (var from in (ReadFrom?[])[null, ReadFrom.OneKey("id", "acme")])
        {
            var row = Assert.Single(await warehouse.ReadAsync(new Model { Table = "padded" }, from));
            Assert.Equal("acme", row[0]);
            Assert.Equal(new[] { "a", "bcd", null }, (IEnumerable<string?>)row[1]);
        }
    }

    [PostgresFact]
    public async Task Bad_byte_of_a_database_without_encoding_spoils_its_row_alone()
    {
        await postgres.ExecuteAsync("drop database if exists ascii");
        await postgres.ExecuteAsync("create database ascii encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0");
        await using (var connection = new NpgsqlConnection(
            postgres.ConnectionString.Replace("Database=postgres", "Database=ascii;Client Encoding=SQL_ASCII", StringComparison.Ordinal)))
        {
            await connection.OpenAsync();
            await using var fill = new NpgsqlCommand(
                "create table t (id text, plan text); insert into t values ('good1', 'ok'), ('bad', E'Z\\xfcrich'), ('good2', 'ö')",
                    connection);
            await fill.ExecuteNonQueryAsync();
        }

        await using var warehouse = PostgresRows.Open(postgres, change: ("database", "ascii"));
        await using var reader = await warehouse.OpenAsync(new Model { Table = "t" }, null, default);
        var seen = new List<string>();
        while (await reader.ReadAsync())
        {
            try
            {
                seen.Add($"{reader.GetString(0)}: {reader.GetString(1)}");
            }
            catch (Exception error) when (PendoSync.Records.Cells.RuleOf(error) is { } rule)
            {
                seen.Add($"{reader.GetString(0)}: {rule}");
            }
        }

        Assert.Equal(["good1: ok", "bad: not_unicode", "good2: ö"], seen);
    }

    [PostgresFact]
    public async Task Backend_that_is_killed_in_mid_read_is_transient_and_the_next_read_works()
    {
        await using var warehouse = PostgresRows.Open(postgres);
        foreach (var from in (ReadFrom?[])[null, ReadFrom.At("n", CursorValue.Of(2m))])
        {
            await using (var reader = await warehouse.OpenAsync(
                new Model { Sql = "select n, repeat('kill-me', 200) as pad from generate_series(1, 1000000) n" }, from, default))
            {
                Assert.True(await reader.ReadAsync());
                await postgres.ExecuteAsync(
                    "select pg_terminate_backend(pid) from pg_stat_activity where query like '%kill-me%' and pid <> pg_backend_pid()");
                var error = await Assert.ThrowsAsync<ProblemException>(() => TestWarehouse.RowsAsync(reader));
                Assert.Equal(ProblemKind.Transient, error.Problem.Kind);
                Assert.True(warehouse.IsTransient(error));
            }

            await warehouse.CheckAsync(null, default);
        }
    }
}
