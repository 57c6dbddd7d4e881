using Microsoft.Data.Sqlite;
using Npgsql;

namespace Benchmarks;

/// <summary>The measured table: a key and ten columns of mixed types, as a visitor model has them.</summary>
internal static class Data
{
    public static readonly IReadOnlyList<(string Name, string Type)> Fields =
    [
        ("email", "string"), ("plan", "string"), ("seats", "float"), ("score", "float"), ("balance", "float"),
        ("active", "boolean"), ("signed_up", "time"), ("renewed", "time"), ("country", "string"), ("note", "string"),
    ];

    public static async Task FillAsync(NpgsqlDataSource source, int rows)
    {
        await using var command = source.CreateCommand($"""
            drop table if exists visitors;
            create table visitors as
            select 'visitor-' || lpad(i::text, 9, '0') as id, 'person' || i || '@example.com' as email,
                   (array['free','team','enterprise'])[1 + i % 3] as plan,
                   (i % 500)::int as seats, (i % 1000) / 7.0::float8 as score, (i % 100000)::numeric(12,2) / 4 as balance,
                   i % 2 = 0 as active,
                   timestamptz '2025-01-01 00:00:00Z' + i * interval '1 second' as signed_up,
                   timestamp '2026-01-01 00:00:00' + i * interval '1 millisecond' as renewed,
                   (array['DE','FR','US','JP'])[1 + i % 4] as country,
                   case when i % 5 = 0 then null else 'note number ' || i % 1000 end as note
            from generate_series(1, {rows}) i
            """);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
        await using var analyze = source.CreateCommand("vacuum analyze visitors");
        analyze.CommandTimeout = 0;
        await analyze.ExecuteNonQueryAsync();
    }

    public static void FillSqlite(string file, int rows)
    {
        Execute(file, $"""
            pragma journal_mode=off; pragma synchronous=off;
            create table visitors(id text, email text, plan text, seats integer, score real, balance real, active boolean,
              signed_up timestamp, renewed timestamp, country text, note text);
            with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows})
            insert into visitors select 'visitor-' || printf('%09d', i), 'person' || i || '@example.com',
              case i % 3 when 0 then 'free' when 1 then 'team' else 'enterprise' end,
              i % 500, (i % 1000) / 7.0, (i % 100000) / 4.0, i % 2, '2025-01-01 00:00:00', '2026-01-01 00:00:00',
              case i % 2 when 0 then 'DE' else 'US' end,
              case when i % 5 = 0 then null else 'note number ' || i % 1000 end from n
            """);
    }

    public static void FillEvents(string file, int events)
    {
        Execute(file, $"""
            pragma journal_mode=off; pragma synchronous=off;
            create table events(id text, visitor_id text, account_id text, at text, amount real, plan text);
            with recursive n(i) as (select 1 union all select i + 1 from n where i < {events})
            insert into events select 'event-' || i, 'visitor-' || i % 5000, 'account-' || i % 300,
              strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-' || (i % 86400) || ' seconds'), i % 1000 / 4.0, 'team' from n
            """);
    }

    /// <summary>How a server of ours on this machine is reached.</summary>
    public static string ConnectionTo(int port, string password) =>
        $"Host=127.0.0.1;Port={port};Username=postgres;Password={password};Database=postgres;Command Timeout=0";

    /// <summary>Runs SQL in a SQLite file, which it makes.</summary>
    public static void Execute(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }
}
