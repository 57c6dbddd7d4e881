using System.Globalization;
using Npgsql;
using PendoSimulator;
using PendoSimulator.Control;
using PendoSync.Tests.Cli;
using PendoSync.Tests.Warehouses.Postgres;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.EndToEnd;

/// <summary>
/// A table of every mapped type in a real PostgreSQL, synced by the command line to the real simulator. What Pendo should hold is
/// worked out by PostgreSQL itself, as the simulator's canonical lines (its README), so that nothing of ours is compared with itself.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresTests(PostgresFixture postgres)
{
    private const string Table = "every_type";

    private const string Line = """
        '{"id":' || to_json(id)::text || coalesce(',"custom":{' || nullif(concat_ws(',',
            '"active":' || active::text,
            '"amount":' || trim_scale(amount)::text,
            '"born":' || to_json(to_char(born, 'YYYY-MM-DD"T00:00:00Z"'))::text,
            '"code":' || to_json(code::text)::text,
            '"huge":' || trim_scale(huge)::text,
            '"i2":' || i2::text,
            '"i4":' || i4::text,
            '"i8":' || i8::text,
            '"label":' || to_json(label)::text,
            '"ratio":' || trim_scale(ratio::text::numeric)::text,
            '"seen":' || to_json(regexp_replace(to_char(seen at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '\.?0*$', '') || 'Z')::text,
            '"tags":' || replace(to_json(tags)::text, ', ', ','),
            '"told":' || to_json(regexp_replace(to_char(told, 'YYYY-MM-DD"T"HH24:MI:SS.US'), '\.?0*$', '') || 'Z')::text
            ), '') || '}', '') || '}'
        """;

    private const string Sync = """
        name: people
        warehouse: source
        model: { table: every_type }
        pendo: sim
        object: visitor
        behavior: update_or_create
        key: id
        fields:
          "*": { exclude: [n] }
        create_fields: true

        """;

    [PostgresFact]
    public async Task First_unchanged_and_changed_run_leave_exactly_the_table_s_values_in_Pendo()
    {
        var world = await SyncAsync(5_000);
        await using (world)
            await AssertSameValuesAsync(world);
        if (Full.Wanted)
            await (await SyncAsync(1_000_000)).DisposeAsync();
    }

    // Compares checksums after each run.
    private async Task<WarehouseWorld> SyncAsync(int rows)
    {
        await FillAsync(rows);
        var world = await WarehouseWorld.CreateAsync("postgres");
        world.Write("syncs/visitors.yaml", Sync);
        // Pendo creates no lists; all other fields come with the first run.
        await world.Pendo.Control.ChangeSchemaAsync(new SchemaChange([new FieldDefinition("visitor", "custom", "tags", "list")]));
        world.Connect(
            [("host", postgres.Host), ("port", $"{postgres.Port}"), ("database", postgres.Database), ("user", postgres.User),
                ("password", "${secret:warehouse}")], postgres.Password);

        await RunAsync(world, rows, accepted: rows);
        await RunAsync(world, rows, accepted: 0);
        await postgres.ExecuteAsync(
            $"update {Table} set i4 = -7, label = 'changed ' || n, seen = seen + interval '1 microsecond' where n % 100 = 7");
        await RunAsync(world, rows, accepted: rows / 100);
        return world;
    }

    private async Task RunAsync(WarehouseWorld world, int rows, int accepted)
    {
        var run = (await world.RunAsync("run", "people", "--json")).Ended(0).Run;
        Assert.Equal(("completed", rows, rows - accepted, accepted),
            (run.GetProperty("state").GetString(), run.GetProperty("read").GetInt32(), run.GetProperty("unchanged").GetInt32(),
            run.GetProperty("accepted").GetInt32()));
        Assert.Equal((accepted + 999) / 1000, run.GetProperty("calls").GetInt32());
        var held = await world.Pendo.Control.ChecksumAsync("visitor");
        Assert.Equal((rows, await ChecksumAsync()), (held.Count, held.Checksum));
    }

    private async Task AssertSameValuesAsync(WarehouseWorld world)
    {
        var held = await world.Pendo.Control.RecordsAsync("visitor").Select(r => r.GetRawText()).ToListAsync();
        Assert.Equal(await LinesAsync(), held.Order(StringComparer.Ordinal));
    }

    // Nulls in every column, the ends of every range, text that JSON must escape, fractions to the last digit.
    private Task FillAsync(int rows) => postgres.ExecuteAsync($$"""
        drop table if exists {{Table}};
        create table {{Table}} (id text, active boolean, amount numeric(20, 4), born date, code uuid, huge numeric,
            i2 smallint, i4 integer, i8 bigint, label text, ratio double precision,
            seen timestamptz, tags text[], told timestamp, n integer);
        insert into {{Table}} select
            'v-' || n,
            case when n % 11 <> 0 then n % 2 = 0 end,
            case n % 13 when 0 then null when 1 then 9999999999999999.9999 else n / 16.0 end,
            case when n % 17 <> 0 then date '2000-01-01' + n % 9000 end,
            case when n % 19 <> 0 then md5(n::text)::uuid end,
            case n % 23 when 0 then null when 1 then 123456789012345678901234567890.123456789 else n end,
            case n % 29 when 0 then null when 1 then -32768 when 2 then 32767 else n % 1000 end,
            case n % 31 when 0 then null when 1 then -2147483648 when 2 then 2147483647 else n end,
            case n % 37 when 0 then null when 1 then -9223372036854775808 when 2 then 9223372036854775807 else n * 10000000000 end,
            case n % 41 when 0 then null when 1 then 'tab' || chr(9) || 'line' || chr(10) || '"quoted" \back'
                when 2 then 'Zoë 日本語 🚀 </script>' else 'Person ' || n end,
            case n % 43 when 0 then null when 1 then 1.7976931348623157e308 when 2 then 5e-324 when 3 then 0.1 else n / 7.0 end,
            case when n % 47 <> 0 then timestamptz '2026-03-01 12:00:00+02' + n * interval '1.000001 s' end,
            case n % 53 when 0 then null when 1 then array[]::text[] else array['a', 'tag ' || n] end,
            case when n % 59 <> 0 then timestamp '2026-03-29 02:30:00' + n * interval '0.5 s' end,
            n
        from generate_series(1, {{rows}}) n
        """);

    private async Task<string> ChecksumAsync()
    {
        // The first eight bytes of each SHA-256, added modulo 2^64.
        var sum = await ScalarAsync<decimal>($"""
            select mod(sum(case when part < 0 then part::numeric + 18446744073709551616 else part end), 18446744073709551616)
            from (select ('x' || left(encode(sha256(convert_to({Line}, 'UTF8')), 'hex'), 16))::bit(64)::bigint as part from {Table}) parts
            """);
        return ((ulong)sum).ToString("x16", CultureInfo.InvariantCulture);
    }

    private async Task<List<string>> LinesAsync()
    {
        var lines = await ScalarAsync<string[]>($"select array_agg({Line}) from {Table}");
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    private async Task<T> ScalarAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
