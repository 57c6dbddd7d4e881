using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PendoSync.Definitions;
using PendoSync.Sources;

namespace PendoSync.Tests.Warehouses.Postgres;

/// <summary>Every way a connection to PostgreSQL can be wrong, against a real server.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresProblemTests(PostgresFixture postgres)
{
    private static readonly Model Numbers = new() { Sql = "select generate_series(1, 3) as n" };

    [PostgresTheory]
    [InlineData("host", "no-such-host.invalid", ProblemKind.Connection, "is not known", "host")]
    [InlineData("port", "1", ProblemKind.Connection, "refuses the connection", "port")]
    [InlineData("user", "nobody", ProblemKind.Configuration, "the login is refused", "user")]
    [InlineData("password", "${secret:wrong}", ProblemKind.Configuration, "the login is refused", "password")]
    [InlineData("password", "${secret:absent}", ProblemKind.Configuration, "there is no secret 'absent'", "Set it")]
    [InlineData("database", "nowhere", ProblemKind.Configuration, "database \"nowhere\" does not exist", "database")]
    [InlineData("ssl_mode", "require", ProblemKind.Connection, "does not offer TLS", "ssl_mode")]
    [InlineData("port", "x", ProblemKind.Configuration, "'port' is not a positive whole number", "port")]
    public async Task Wrong_setting_is_named_with_its_fix(string setting, string value, ProblemKind kind, string message, string fix)
    {
        await using var warehouse = PostgresRows.Open(postgres, change: (setting, value));
        var watch = Stopwatch.StartNew();
        AssertProblem(kind, message, fix, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
        AssertProblem(kind, message, fix, await Assert.ThrowsAsync<ProblemException>(() => warehouse.OpenAsync(Numbers, null, default)));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"took {watch.Elapsed}");
    }

    [PostgresTheory]
    [InlineData("no_such_table", null, "relation \"no_such_table\" does not exist", "table")]
    [InlineData("no_such_schema.t", null, "relation \"no_such_schema.t\" does not exist", "schema.table")]
    [InlineData("other_db.public.t", null, "cross-database references are not implemented", "connected database")]
    [InlineData(null, "select nothing from pg_class", "column \"nothing\" does not exist", "column")]
    [InlineData(null, "selec 1", "syntax error", "SQL")]
    [InlineData(null, "select 'ann@example.com'::int as n", "SQLSTATE 22P02", "psql")]
    [InlineData(null, "select '$9' as id, $1 as a, $2::int as b", "parameters that nothing gives a value: $1, $2", "quotes")]
    [InlineData(null, "select 1 as id where 5 >$1 -- $4", "parameters that nothing gives a value: $1", "quotes")]
    public async Task Wrong_model_is_a_configuration_problem(string? table, string? sql, string message, string fix)
    {
        await using var warehouse = PostgresRows.Open(postgres);
        var model = new Model { Table = table, Sql = sql };
        AssertProblem(ProblemKind.Configuration, message, fix,
            await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(model, default)));
        AssertProblem(ProblemKind.Configuration, message, fix,
            await Assert.ThrowsAsync<ProblemException>(() => warehouse.ReadAsync(model)));
    }

    [PostgresFact]
    public async Task Model_that_writes_is_refused()
    {
        await using var warehouse = PostgresRows.Open(postgres);
        await postgres.ExecuteAsync("create sequence if not exists written");
        var error = await Assert.ThrowsAsync<ProblemException>(() =>
            warehouse.ReadAsync(new Model { Sql = "select nextval('written') as n" }));
        AssertProblem(ProblemKind.Configuration, "tries to write", "SELECT", error);
        foreach (var sql in (string[])["create table made (id int)", "select 1 as n; create table made (id int)",
            "with w as (insert into made values (1) returning 1 as n) select n from w"])
            Assert.Equal(ProblemKind.Configuration, (
                await Assert.ThrowsAsync<ProblemException>(() => warehouse.ReadAsync(new Model { Sql = sql }))).Problem.Kind);
        Assert.Equal(DBNull.Value, Assert.Single(await warehouse.ReadAsync(new Model { Sql = "select to_regclass('made')::text" }))[0]);
    }

    [PostgresFact]
    public async Task Missing_grant_names_the_table_and_the_grant()
    {
        await postgres.ExecuteAsync(
            "drop table if exists private_table; create table private_table (id int); drop role if exists reader; create role reader "
            + "login password 'reader-secret'");
        await using var warehouse = As("reader");
        var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(new Model { Table = "private_table" }, default));
        AssertProblem(ProblemKind.Configuration, "permission denied for table private_table", "SELECT", error);
        Assert.DoesNotContain("reader-secret", error.ToString(), StringComparison.Ordinal);
        await postgres.ExecuteAsync("grant select on private_table to reader");
        await warehouse.CheckAsync(new Model { Table = "private_table" }, default);
    }

    [PostgresFact]
    public async Task Rows_that_a_policy_hides_are_not_blamed_on_a_missing_grant()
    {
        await postgres.ExecuteAsync(
            "drop table if exists guarded; create table guarded as select 1 id; alter table guarded enable row level security; "
            + "drop role if exists kept_out; create role kept_out login password 'reader-secret'; grant select on guarded to kept_out; "
            + "alter role kept_out set row_security = off");
        try
        {
            await using var warehouse = As("kept_out");
            var error = await Assert.ThrowsAsync<ProblemException>(() =>
                warehouse.OpenAsync(new Model { Table = "guarded" }, null, default));
            AssertProblem(ProblemKind.Configuration, "row-level security policy", "BYPASSRLS", error);
        }
        finally
        {
            await postgres.ExecuteAsync("drop table guarded; drop role kept_out");
        }
    }

    private IWarehouse As(string user) => TestWarehouse.Make("postgres", new Dictionary<string, string>
    {
        ["host"] = postgres.Host,
        ["port"] = $"{postgres.Port}",
        ["database"] = postgres.Database,
        ["user"] = user,
        ["password"] = "${secret:reader}",
    }, new Dictionary<string, string> { ["reader"] = "reader-secret" });

    [PostgresFact]
    public async Task Host_that_never_answers_is_given_up_within_the_connect_timeout()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var warehouse =
            PostgresRows.Open(postgres, change: [("port", $"{((IPEndPoint)silent.LocalEndpoint).Port}"), ("connect_timeout", "1")]);
        var watch = Stopwatch.StartNew();
        AssertProblem(ProblemKind.Connection, "did not answer within 1 s", "firewall",
            await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"took {watch.Elapsed}");
    }

    [PostgresFact]
    public async Task Server_that_stops_mid_read_is_a_transient_problem_and_the_next_read_works()
    {
        await using var warehouse = PostgresRows.Open(postgres);
        var model = new Model { Sql = "select n, repeat('x', 1000) as pad from generate_series(1, 1000000) n" };
        await using (var reader = await warehouse.OpenAsync(model, null, default))
        {
            Assert.True(await reader.ReadAsync());
            await postgres.RestartAsync();
            var error = await Assert.ThrowsAsync<ProblemException>(() => TestWarehouse.RowsAsync(reader));
            AssertProblem(ProblemKind.Transient, "", "tried again", error);
            Assert.True(warehouse.IsTransient(error));
        }

        Assert.Equal(3, (await warehouse.ReadAsync(Numbers)).Count);
    }

    [PostgresFact]
    public async Task Cancelled_read_stops_the_query_on_the_server()
    {
        await using var warehouse = PostgresRows.Open(postgres);
        using var cancel = new CancellationTokenSource();
        var reading = warehouse.OpenAsync(new Model { Sql = "select 'stop-me' as t, pg_sleep(120)::text as s" }, null, cancel.Token);
        await RunningAsync("stop-me", expected: 1);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await (await reading).ReadAsync(cancel.Token));
        await RunningAsync("stop-me", expected: 0);
    }

    [PostgresFact]
    public async Task Reader_closed_early_stops_the_query_on_the_server()
    {
        await using var warehouse = PostgresRows.Open(postgres);
        var watch = Stopwatch.StartNew();
        await using (
            var reader = await warehouse.OpenAsync(
            new Model
            {
                Sql =
            "select n as early_close, repeat('x', 500) as pad from generate_series(1, 1000) n, generate_series(1, 50000) m"
            }, null,
            default))
            Assert.True(await reader.ReadAsync());
        await RunningAsync("early_close", expected: 0);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"took {watch.Elapsed}");
    }

    // Waits for a state of the server, which tells it only when asked.
    private async Task RunningAsync(string marker, int expected)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            await using var connection = new Npgsql.NpgsqlConnection(postgres.ConnectionString);
            await connection.OpenAsync();
            await using var command = new Npgsql.NpgsqlCommand(
                "select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and query like $1", connection);
            command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = $"%{marker}%" });
            if ((long)(await command.ExecuteScalarAsync())! == expected)
                return;
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{marker}: not {expected} running");
        }
    }

    private void AssertProblem(ProblemKind kind, string message, string fix, ProblemException error)
    {
        Assert.Equal(kind, error.Problem.Kind);
        Assert.Contains(message, error.Problem.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Problem.Fix!, StringComparison.Ordinal);
        if (!message.Contains("secret", StringComparison.Ordinal))
            Assert.Equal("warehouse 'analytics'", error.Problem.Place);
        Assert.DoesNotContain('\n', error.Message);
        Assert.DoesNotContain(postgres.Password, error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("ann@example.com", error.ToString(), StringComparison.Ordinal);
    }
}
