using System.Globalization;
using System.Net;
using System.Text;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses;
using PendoSync.Tests.Warehouses.MySql;
using PendoSync.Tests.Warehouses.Tds;

namespace PendoSync.Tests.Cli;

/// <summary>
/// The real executable, as it is built, on MySQL, SQL Server and Synapse; in cultures that write numbers and letters
/// otherwise.
/// </summary>
[Collection(MariaDbCollection.Name)]
public sealed class DriverWarehouseTests(MariaDbFixture maria)
{
    private const string Secret = "planted-driver-password";

    [Theory]
    [InlineData("sqlserver", "C")]
    [InlineData("sqlserver", "tr_TR.UTF-8")]
    [InlineData("synapse", "ar_SA.UTF-8")]
    public async Task Sql_server_is_checked_and_planned(string type, string culture)
    {
        using var data = new TdsOverSqlite(WarehouseWorld.Rows, scale: 2);
        await using var server = new TdsServer(data.Answer);
        await using var world = await WarehouseWorld.CreateAsync(type);
        world.Connect(TdsWarehouse.Settings(server).Select(s => (s.Key, s.Value)), Secret);
        world.Variables["LANG"] = world.Variables["LC_ALL"] = culture;
        await world.AssertCheckedAndPlannedAsync();
    }

    [MariaDbTheory]
    [InlineData("C")]
    [InlineData("tr_TR.UTF-8")]
    public async Task MySql_is_checked_and_planned(string culture)
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
        world.Variables["LANG"] = world.Variables["LC_ALL"] = culture;
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

    // The identity's client id has to come from the connection, else from the app's setting; the endpoint is that of Azure Functions and
    // App Service.
    [Theory]
    [InlineData(true, "11111111-1111-1111-1111-111111111111")]
    [InlineData(false, "22222222-2222-2222-2222-222222222222")]
    public async Task Entra_token_is_that_of_the_identity(bool inConnection, string identity)
    {
        using var endpoint = new IdentityEndpoint();
        using var data = new TdsOverSqlite(WarehouseWorld.Rows, scale: 2);
        var (certificate, key) = Signed();
        using var own = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(certificate, key);
        await using var server = new TdsServer(data.Answer, own);
        await using var world = await WarehouseWorld.CreateAsync("sqlserver");
        world.Write("server.pem", certificate);
        (string, string)[] client = inConnection ? [("client_id", identity)] : [];
        world.Connect(TdsWarehouse.Settings(server,
            [("user", ""), ("password", ""), ("auth", "entra"), ("server_certificate", "server.pem"), .. client])
                .Select(s => (s.Key, s.Value)), Secret);
        (world.Variables["IDENTITY_ENDPOINT"], world.Variables["IDENTITY_HEADER"]) = (endpoint.Address, "header");
        world.Variables["ManagedIdentity__ClientId"] = "22222222-2222-2222-2222-222222222222";
        await world.AssertCheckedAndPlannedAsync();
        Assert.All(server.Logins, login => Assert.Equal($"token of {identity}", login.Token));
        Assert.NotEmpty(server.Logins);
    }

    private static (string Certificate, string Key) Signed()
    {
        using var authority = TestCertificates.Authority("Acme");
        return TestCertificates.Signed(authority, "localhost");
    }

    private static string Text(object? value) => value is null ? "null" : string.Create(CultureInfo.InvariantCulture, $"'{value}'");

    /// <summary>
    /// Gives tokens as the endpoint of Azure Functions does.
    /// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
    /// </summary>
    private sealed class IdentityEndpoint : IDisposable
    {
        private readonly HttpListener _listener = new();

        public IdentityEndpoint()
        {
            Address = $"http://127.0.0.1:{FreePort()}/msi/token";
            _listener.Prefixes.Add(Address + "/");
            _listener.Start();
            _ = ServeAsync();
        }

        public string Address { get; }

        public void Dispose() => _listener.Close();

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    var asked = context.Request.QueryString;
                    var known = context.Request.Headers["X-IDENTITY-HEADER"] == "header"
                        && asked["resource"]?.TrimEnd('/') == "https://database.windows.net";
                    var body = Encoding.UTF8.GetBytes(known
                        ? $$"""
                            {"access_token":"token of {{asked["client_id"]}}","token_type":"Bearer","resource":"{{asked["resource"]}}",
                             "expires_on":"{{DateTimeOffset.UtcNow.AddHours(8).ToUnixTimeSeconds()}}"}
                            """
                        : """{"error":"bad"}""");
                    context.Response.StatusCode = known ? 200 : 400;
                    context.Response.ContentType = "application/json";
                    await context.Response.OutputStream.WriteAsync(body);
                    context.Response.Close();
                }
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
            }
        }

        private static int FreePort()
        {
            using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            return ((IPEndPoint)probe.LocalEndpoint).Port;
        }
    }
}
