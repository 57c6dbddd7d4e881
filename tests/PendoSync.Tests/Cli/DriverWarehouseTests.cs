using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses;
using PendoSync.Tests.Warehouses.Identity;
using PendoSync.Tests.Warehouses.MySql;
using PendoSync.Tests.Warehouses.Tds;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

/// <summary>
/// The command line on MySQL, SQL Server and Synapse; as the real executable where it depends on variables, such as cultures that write
/// numbers and letters otherwise.
/// </summary>
[Collection(MariaDbCollection.Name)]
public sealed class DriverWarehouseTests(MariaDbFixture maria)
{
    private const string Secret = "planted-driver-password";

    [Theory]
    [InlineData("sqlserver", null)]
    [InlineData("sqlserver", "tr_TR.UTF-8")]
    [InlineData("synapse", "ar_SA.UTF-8")]
    public async Task Sql_server_is_checked_and_planned(string type, string? culture)
    {
        using var data = new TdsOverSqlite(WarehouseWorld.Rows, scale: 2);
        await using var server = new TdsServer(data.Answer);
        await using var world = await WarehouseWorld.CreateAsync(type);
        world.Connect(TdsWarehouse.Settings(server).Select(s => (s.Key, s.Value)), Secret);
        SpeakIn(world, culture);
        await world.AssertCheckedAndPlannedAsync();
    }

    [MariaDbTheory]
    [InlineData(null)]
    [InlineData("tr_TR.UTF-8")]
    public async Task MySql_is_checked_and_planned(string? culture)
    {
        await maria.ExecuteAsync(
            "drop table if exists shop.people; create table shop.people (id bigint, name text, amount decimal(20, 2), " +
            "updated_at timestamp(6) null, active boolean); set time_zone = '+00:00'");
        foreach (var row in WarehouseWorld.Rows)
        {
            await maria.ExecuteAsync(string.Create(CultureInfo.InvariantCulture,
                $"set time_zone = '+00:00'; insert into shop.people values ({row.Id}, {Text(row.Name)}, {Text(row.Amount)}, " +
                $"{Text(row.UpdatedAt?.ToString("yyyy-MM-dd HH:mm:ss"))}, {row.Active?.ToString() ?? "null"})"));
        }

        await using var world = await WarehouseWorld.CreateAsync("mysql");
        world.Connect(maria.Settings(), maria.Password);
        SpeakIn(world, culture);
        await world.AssertCheckedAndPlannedAsync();
    }

    [MariaDbFact]
    public async Task One_key_is_run_and_explained_on_mysql_and_is_no_other_key()
    {
        await maria.ExecuteAsync(
            "drop table if exists shop.keys_of_people; create table shop.keys_of_people (id varchar(20), name text, amount int, " +
            "updated_at timestamp null, active boolean); insert into shop.keys_of_people values ('Ann', 'a', 1, now(), true), " +
            "('bob  ', 'b', 2, now(), true)");
        await using var world = await WarehouseWorld.CreateAsync("mysql");
        world.Connect(maria.Settings(), maria.Password);
        world.ReadFrom("keys_of_people");
        Assert.Equal(1, (await world.RunAsync("run", "people", "--key", "Ann", "--json")).Ended(0).Json.GetProperty("runs")[0]
            .GetProperty("accepted").GetInt32());
        Assert.Equal("unchanged", (await world.RunAsync("explain", "people", "Ann", "--json")).Ended(0).Json.GetProperty("decision")
            .GetString());
        foreach (var other in (string[])["ann", "Ann ", "bob"])
        {
            Assert.Equal("missing", (await world.RunAsync("explain", "people", other, "--json")).Json.GetProperty("decision").GetString());
            var run = (await world.RunAsync("run", "people", "--key", other, "--json")).Json.GetProperty("runs")[0];
            Assert.Equal((0, 0), (run.GetProperty("read").GetInt32(), run.GetProperty("accepted").GetInt32()));
        }
    }

    // The identity's client id has to come from the connection, else from the app's setting.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sql_server_takes_the_token_of_the_identity(bool inConnection)
    {
        await using var endpoint = new IdentityEndpoint();
        await endpoint.StartAsync();
        using var data = new TdsOverSqlite(WarehouseWorld.Rows, scale: 2);
        var (certificate, key) = Signed();
        using var own = X509Certificate2.CreateFromPem(certificate, key);
        await using var server = new TdsServer(data.Answer, own);
        await using var world = await WarehouseWorld.CreateAsync("sqlserver");
        world.Write("server.pem", certificate);
        world.Connect(TdsWarehouse.Settings(server,
            [("user", ""), ("password", ""), ("server_certificate", "server.pem"), .. world.TakeIdentity(endpoint, inConnection)])
                .Select(s => (s.Key, s.Value)), Secret);
        await world.AssertCheckedAndPlannedAsync();
        Assert.All(server.Logins, login => Assert.Equal(IdentityEndpoint.TokenFor("https://database.windows.net"), login.Token));
        Assert.NotEmpty(server.Logins);
    }

    // MariaDB knows no Entra: its user has the token for a password.
    [MariaDbTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MySql_takes_the_token_of_the_identity(bool inConnection)
    {
        await using var endpoint = new IdentityEndpoint();
        await endpoint.StartAsync();
        var token = IdentityEndpoint.TokenFor("https://ossrdbms-aad.database.windows.net");
        await maria.ExecuteAsync($"create or replace user app@'%' identified by '{token}' require ssl; " +
            "grant select on shop.* to app@'%'; " +
            "create table if not exists shop.for_app (id int, name text, amount int, updated_at timestamp null, active boolean)");
        await using var world = await WarehouseWorld.CreateAsync("mysql");
        world.ReadFrom("for_app");
        world.Connect([.. maria.Settings().Where(s => s.Name is not ("user" or "password")), ("user", "app"),
            .. world.TakeIdentity(endpoint, inConnection)], Secret);
        (await world.RunAsync("check")).Ended(0);
        Assert.NotEmpty(endpoint.Seen);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Interrupt_ends_a_read_of_sql_server_and_cancels_it_there(string signal)
    {
        var shape = TdsReply.Of(["id bigint", "name nvarchar(20)", "amount decimal(20,2)", "updated_at datetimeoffset", "active bit"]);
        await using var server = new TdsServer(_ => new TdsReply { Columns = shape.Columns, Stalls = true });
        await using var world = await WarehouseWorld.CreateAsync("sqlserver");
        world.Connect(TdsWarehouse.Settings(server).Select(s => (s.Key, s.Value)), Secret);
        using var running = world.Start("run", "people", "--json");
        await Until.HoldsAsync(() => server.Requests.Count > 0);
        await running.SignalAsync(signal);
        var run = (await running.EndAsync()).Ended(1).Run;
        Assert.NotEqual("completed", run.GetProperty("state").GetString());
        Assert.Equal(1, server.Cancelled);
    }

    [MariaDbFact]
    public async Task Every_column_of_mysql_is_taken_and_one_that_has_no_form_is_named()
    {
        await maria.ExecuteAsync("drop table if exists shop.places; create table shop.places (id varchar(10), opens time, place point); " +
            "insert into shop.places values ('a', '12:30:00', point(1, 2)), ('b', null, null)");
        await using var world = await WarehouseWorld.CreateAsync("mysql");
        world.Connect(maria.Settings(), maria.Password);
        const string Sync = """
            name: people
            warehouse: source
            model: { table: places }
            pendo: sim
            object: visitor
            behavior: update_or_create
            key: id
            create_fields: true
            fields: "*"

            """;
        world.Write("syncs/visitors.yaml", Sync);
        var refused = (await world.RunAsync("plan", "people")).Ended(2);
        Assert.Contains("'place'", refused.Output + refused.Error, StringComparison.Ordinal);
        world.Write("syncs/visitors.yaml", Sync + "exclude: [place]\n");
        Assert.Equal(2, (await world.RunAsync("run", "people", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
        var held = await world.Pendo.Control.RecordsAsync("visitor").Where(v => v.GetProperty("id").GetString() == "a").ToListAsync();
        Assert.Equal("12:30:00", held.Single().GetProperty("custom").GetProperty("opens").GetString());
    }

    [Fact]
    public async Task Machine_without_icu_is_told_so()
    {
        using var data = new TdsOverSqlite(WarehouseWorld.Rows, scale: 2);
        await using var server = new TdsServer(data.Answer);
        await using var world = await WarehouseWorld.CreateAsync("sqlserver");
        world.Connect(TdsWarehouse.Settings(server).Select(s => (s.Key, s.Value)), Secret);
        world.Variables["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        await world.AssertCheckRefusedAsync(2, "does not run without ICU", Secret);
    }

    // OpenSSL's variable names an authority that the machine trusts.
    [Theory]
    [InlineData("sql.internal", 0)]
    [InlineData("sql.elsewhere", 3)]
    [InlineData(null, 3)]
    public async Task Name_in_the_certificate_of_sql_server_is_that_of_the_setting(string? name, int code)
    {
        using var authority = TestCertificates.Authority("Acme");
        var (certificate, key) = TestCertificates.Signed(authority, "sql.internal");
        using var made = X509Certificate2.CreateFromPem(certificate, key);
        using var data = new TdsOverSqlite(WarehouseWorld.Rows, scale: 2);
        await using var server = new TdsServer(data.Answer, made);
        await using var world = await WarehouseWorld.CreateAsync("sqlserver");
        world.Write("authority.pem", authority.ExportCertificatePem());
        world.Variables["SSL_CERT_FILE"] = world.PathOf("authority.pem");
        (string, string)[] setting = name is null ? [] : [("host_name_in_certificate", name)];
        world.Connect(TdsWarehouse.Settings(server, setting).Select(s => (s.Key, s.Value)), Secret);
        if (code == 0)
            await world.AssertCheckedAndPlannedAsync();
        else
            await world.AssertCheckRefusedAsync(code, "certificate is not accepted", Secret);
    }

    // Null: the culture of the tests.
    private static void SpeakIn(WarehouseWorld world, string? culture)
    {
        if (culture is not null)
            world.Variables["LANG"] = world.Variables["LC_ALL"] = culture;
    }

    private static (string Certificate, string Key) Signed()
    {
        using var authority = TestCertificates.Authority("Acme");
        return TestCertificates.Signed(authority, "localhost");
    }

    private static string Text(object? value) => value is null ? "null" : string.Create(CultureInfo.InvariantCulture, $"'{value}'");
}
