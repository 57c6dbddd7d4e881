using PendoSync.Basics;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Worlds;
using PendoSync.Warehouses;
using PendoSync.Warehouses.Drivers;

namespace PendoSync.Tests.Warehouses.MySql;

/// <summary>Every way a connection to MySQL can be wrong, against a real MariaDB.</summary>
[Collection(MariaDbCollection.Name)]
public sealed class MySqlProblemTests(MariaDbFixture maria)
{
    private static readonly Model Long = new() { Sql = "select seq, repeat('x', 1000) as pad from seq_1_to_1000000" };

    [MariaDbTheory]
    [InlineData("host", "no-such-host.invalid", ProblemKind.Connection, "is not known", "host")]
    [InlineData("port", "1", ProblemKind.Connection, "refuses the connection", "port")]
    [InlineData("port", "x", ProblemKind.Configuration, "'port' is not a positive whole number", "port")]
    [InlineData("user", "nobody", ProblemKind.Configuration, "the login is refused", "user")]
    [InlineData("password", "${secret:wrong}", ProblemKind.Configuration, "the login is refused", "password")]
    [InlineData("database", "nowhere", ProblemKind.Configuration, "Unknown database 'nowhere'", "database")]
    [InlineData("ssl_mode", "verify_full", ProblemKind.Connection, "certificate is not accepted", "ca_file")]
    [InlineData("ssl_mode", "verify_ca", ProblemKind.Connection, "certificate is not accepted", "ca_file")]
    public async Task Wrong_setting_is_named_with_its_fix(string setting, string value, ProblemKind kind, string message, string fix)
    {
        await using var warehouse = maria.Open((setting, value));
        AssertProblem(kind, message, fix, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
    }

    [MariaDbTheory]
    [InlineData("none", "127.0.0.1", null, false)]
    [InlineData("preferred", "127.0.0.1", null, true)]
    [InlineData("required", "127.0.0.1", null, true)]
    [InlineData("verify_ca", "127.0.0.1", true, true)]
    [InlineData("verify_full", "localhost", true, true)]
    [InlineData("verify_full", "127.0.0.1", true, null)]
    [InlineData("verify_ca", "127.0.0.1", false, null)]
    public async Task Certificate_is_checked_as_the_mode_says(string mode, string host, bool? known, bool? encrypted)
    {
        (string, string)[] file = known is { } right ? [("ca_file", right ? maria.Authority : maria.Stranger)] : [];
        await using var warehouse = maria.Open([("ssl_mode", mode), ("host", host), .. file]);
        var cipher = warehouse.ReadAsync(
            new Model
            {
                Sql = "select variable_value as cipher from information_schema.session_status where variable_name = 'Ssl_cipher'",
            });
        if (encrypted is null)
            AssertProblem(ProblemKind.Connection, "certificate is not accepted", "ca_file",
                await Assert.ThrowsAsync<ProblemException>(() => cipher));
        else
            Assert.Equal(encrypted, ((string)Assert.Single(await cipher)[0]).Length > 0);
    }

    [MariaDbFact]
    public async Task Parameter_of_the_model_is_named()
    {
        await using var warehouse = maria.Open();
        AssertProblem(ProblemKind.Configuration, "parameters that nothing gives a value: ?", "quotes",
            await Assert.ThrowsAsync<ProblemException>(() => warehouse.ReadAsync(new Model { Sql = "select '@who' as id, ? as a" })));
    }

    [MariaDbFact]
    public async Task Server_without_tls_says_so()
    {
        await using var plain = await MariaDbServer.StartAsync(maria.Password);
        await using var warehouse = maria.Open(("port", $"{plain.Port}"), ("database", "mysql"), ("ssl_mode", "required"));
        AssertProblem(ProblemKind.Connection, "does not offer TLS", "ssl_mode",
            await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
        await using var preferred = maria.Open(("port", $"{plain.Port}"), ("database", "mysql"));
        await preferred.CheckAsync(null, default);
    }

    [MariaDbFact]
    public async Task Login_method_that_the_driver_lacks_is_named()
    {
        await maria.ExecuteAsync($"create or replace user curve@'%' identified via ed25519 using password('{maria.Password}')");
        await using var warehouse = maria.Open(("user", "curve"));
        AssertProblem(ProblemKind.Configuration, "client_ed25519", "mysql_native_password",
            await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
    }

    [MariaDbTheory]
    [InlineData("no_such_table", null, "no_such_table", "table")]
    [InlineData(null, "select nothing from people_of_problems", "Unknown column 'nothing'", "column")]
    [InlineData(null, "selec 1", "syntax", "SELECT")]
    [InlineData(null, "select 1 as a, 2 as a", "Duplicate column name 'a'", "differ")]
    [InlineData(null, "select 1 as a; select 2 as a", "several statements", "SELECT")]
    [InlineData(null, "insert into people_of_problems values (1)", "syntax", "SELECT")]
    [InlineData(null, "  -- nothing\n;", "no statement", "SELECT")]
    public async Task Wrong_model_is_a_configuration_problem_of_every_read(string? table, string? sql, string message, string fix)
    {
        await maria.ExecuteAsync("create table if not exists shop.people_of_problems (id int)");
        await using var warehouse = maria.Open();
        var model = new Model { Table = table, Sql = sql };
        foreach (var read in (Func<Task>[])[() => warehouse.CheckAsync(model, default), () => warehouse.ReadAsync(model), () =>
            warehouse.ReadAsync(model, ReadFrom.OneKey("a", "1"))])
        {
            var error = await Assert.ThrowsAsync<ProblemException>(read);
            Assert.Equal(ProblemKind.Configuration, error.Problem.Kind);
            Assert.Contains(message, error.Message, StringComparison.OrdinalIgnoreCase);
            Assert.Contains(fix, error.Problem.Fix!, StringComparison.Ordinal);
        }
    }

    [MariaDbFact]
    public async Task Missing_grant_is_named()
    {
        await maria.ExecuteAsync(
            $"create table if not exists shop.closed (id int); create or replace user guest@'%' identified by '{maria.Password}'; " +
            $"create table if not exists shop.free (id int); grant select on shop.free to guest@'%'");
        await using var warehouse = maria.Open(("user", "guest"));
        AssertProblem(ProblemKind.Configuration, "SELECT command denied", "GRANT SELECT",
            await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(new Model { Table = "closed" }, default)));
    }

    [MariaDbFact]
    public async Task Table_that_was_read_is_free_to_be_changed_at_once()
    {
        await using var warehouse = maria.Open();
        await maria.ExecuteAsync("drop table if exists shop.held; create table shop.held (id int); insert into shop.held values (1), (2)");
        var model = new Model { Table = "held" };
        await warehouse.ReadAsync(model, ReadFrom.OneKey("id", "1"));
        await using (var early = await warehouse.OpenAsync(model, null, default))
            Assert.True(await early.ReadAsync());
        await Assert.ThrowsAsync<ProblemException>(() => warehouse.ReadAsync(new Model { Sql = "select nothing from held" }));
        await maria.ExecuteAsync("set lock_wait_timeout = 1; drop table shop.held");
    }

    [MariaDbTheory]
    [InlineData("kill", "connection was lost")]
    [InlineData("kill query", "cancelled on the server")]
    public async Task Read_that_is_killed_is_transient_and_the_next_one_works(string kill, string message)
    {
        await using var warehouse = maria.Open();
        await using (var reader = await warehouse.OpenAsync(Long, null, default))
        {
            Assert.True(await reader.ReadAsync());
            var id = await maria.ScalarAsync(
                "select id from information_schema.processlist where info like '%seq_1_to%' and id <> connection_id()");
            await maria.ExecuteAsync($"{kill} {id}");
            var error = await Assert.ThrowsAsync<ProblemException>(() => TestWarehouse.RowsAsync(reader));
            AssertProblem(ProblemKind.Transient, message, "tried again", error);
            Assert.True(warehouse.IsTransient(error));
        }

        await warehouse.CheckAsync(null, default);
    }

    [MariaDbFact]
    public async Task Server_that_crashes_in_mid_read_is_transient_and_the_next_read_works()
    {
        await using var warehouse = maria.Open();
        await using (var reader = await warehouse.OpenAsync(Long, null, default))
        {
            Assert.True(await reader.ReadAsync());
            await maria.CrashAsync();
            AssertProblem(ProblemKind.Transient, "connection was lost", "tried again",
                await Assert.ThrowsAsync<ProblemException>(() => TestWarehouse.RowsAsync(reader)));
        }

        await warehouse.CheckAsync(null, default);
    }

    [MariaDbFact]
    public async Task Limit_on_the_time_of_a_statement_is_named()
    {
        await maria.ExecuteAsync(
            $"create or replace user hasty@'%' identified by '{maria.Password}' with max_statement_time 0.2; " +
            $"grant select on *.* to hasty@'%'");
        await using var warehouse = maria.Open(("user", "hasty"));
        AssertProblem(ProblemKind.Transient, "ran for too long", "Raise the limit",
            await Assert.ThrowsAsync<ProblemException>(() =>
                warehouse.ReadAsync(new Model { Sql = "select count(*) as n from seq_1_to_1000000 a, seq_1_to_1000000 b" })));
    }

    [MariaDbFact]
    public async Task Cancelled_read_stops_the_query_on_the_server()
    {
        await using var warehouse = maria.Open();
        using var cancel = new CancellationTokenSource();
        var reading = warehouse.ReadAsync(new Model { Sql = "select sleep(60) as stop_me" });
        var opening = warehouse.OpenAsync(new Model { Sql = "select sleep(60) as stop_me_too" }, null, cancel.Token);
        await Until.HoldsAsync(async () => await maria.ScalarAsync(
            "select id from information_schema.processlist where info like '%stop_me_too%' and id <> connection_id()") is not null);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await (await opening).ReadAsync(cancel.Token));
        Assert.Null(await maria.ScalarAsync(
            "select id from information_schema.processlist where info like '%stop_me_too%' and id <> connection_id()"));
        var other = await maria.ScalarAsync(
            "select id from information_schema.processlist where info like '%stop_me%' and id <> connection_id()");
        await maria.ExecuteAsync($"kill {other}");
        await Assert.ThrowsAsync<ProblemException>(() => reading);
    }

    [Theory]
    [InlineData(1045, ProblemKind.Configuration)]
    [InlineData(1317, ProblemKind.Transient)]
    [InlineData(1969, ProblemKind.Transient)]
    [InlineData(3024, ProblemKind.Transient)]
    [InlineData(1040, ProblemKind.Transient)]
    [InlineData(1366, ProblemKind.Configuration)]
    public void Error_number_becomes_a_problem(int number, ProblemKind kind) =>
        Assert.Equal(kind, new MySqlErrors(new WarehouseProblems("analytics")).Explain(number, new InvalidOperationException("name"))
            .Problem.Kind);

    private void AssertProblem(ProblemKind kind, string message, string fix, ProblemException error)
    {
        Assert.Equal((kind, "warehouse 'analytics'"), (error.Problem.Kind, error.Problem.Place));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Problem.Fix!, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message + error.Problem.Fix);
        Assert.DoesNotContain(maria.Password, error.ToString(), StringComparison.Ordinal);
    }
}
