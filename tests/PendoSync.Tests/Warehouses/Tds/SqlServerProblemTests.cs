using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using PendoSync.Basics;
using PendoSync.Definitions;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Warehouses.Tds;

/// <summary>Every way a connection to SQL Server or Synapse can be wrong, by the real driver.</summary>
public sealed class SqlServerProblemTests : IDisposable
{
    private const string Password = "planted-tds-password";
    private static readonly Model Table = new() { Table = "dbo.t" };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("host", "no-such-host.invalid", ProblemKind.Connection, "is not known", "host")]
    [InlineData("port", "1", ProblemKind.Connection, "refuses the connection", "port")]
    [InlineData("port", "x", ProblemKind.Configuration, "'port' is not a positive whole number", "port")]
    [InlineData("encrypt", "true", ProblemKind.Connection, "TLS", "encrypt")]
    public async Task Wrong_setting_is_named_with_its_fix(string setting, string value, ProblemKind kind, string message, string fix)
    {
        await using var server = new TdsServer(_ => Rows());
        await using var warehouse = TdsWarehouse.Open(server, password: Password, change: (setting, value));
        AssertProblem(kind, message, fix, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
    }

    [Theory]
    [InlineData("true", null, null, true)]
    [InlineData("true", "trust_server_certificate", "true", false)]
    [InlineData("true", "server_certificate", "server.pem", false)]
    [InlineData("true", "server_certificate", "other.pem", true)]
    [InlineData("strict", null, null, true)]
    [InlineData("strict", "server_certificate", "server.pem", false)]
    public async Task Certificate_is_checked(string encrypt, string? setting, string? value, bool refused)
    {
        using var authority = TestCertificates.Authority("Acme");
        var (certificate, key) = TestCertificates.Signed(authority, "localhost");
        File.WriteAllText(_folder.File("server.pem"), certificate);
        File.WriteAllText(_folder.File("other.pem"), authority.ExportCertificatePem());
        using var made = X509Certificate2.CreateFromPem(certificate, key);
        await using var server = new TdsServer(_ => Rows(), made);
        (string, string)[] more = setting is null ? []
            : [(setting, value!.EndsWith(".pem", StringComparison.Ordinal) ? _folder.File(value) : value)];
        await using var warehouse = TdsWarehouse.Open(server, password: Password, change: [("encrypt", encrypt), .. more]);
        if (refused)
        {
            AssertProblem(ProblemKind.Connection, "certificate is not accepted", "server_certificate",
                await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
            Assert.Empty(server.Logins);
            return;
        }

        await warehouse.CheckAsync(null, default);
        Assert.Equal((true, encrypt == "strict"), (server.Logins[0].Encrypted, server.Logins[0].Strict));
    }

    [Fact]
    public async Task Intent_and_failover_reach_the_driver()
    {
        await using var server = new TdsServer(_ => Rows());
        await using var warehouse = TdsWarehouse.Open(server,
            change: [("application_intent", "read_only"), ("multi_subnet_failover", "true")]);
        await warehouse.CheckAsync(null, default);
        Assert.Equal(("reader", "pw", "analytics", true), (server.Logins[0].User, server.Logins[0].Password, server.Logins[0].Database,
            server.Logins[0].ReadOnly));
    }

    [Theory]
    [InlineData(18456, ProblemKind.Configuration, "login is refused")]
    [InlineData(40615, ProblemKind.Connection, "firewall")]
    [InlineData(42108, ProblemKind.Connection, "paused")]
    [InlineData(4060, ProblemKind.Configuration, "database cannot be opened")]
    [InlineData(49918, ProblemKind.Transient, "cannot answer now")]
    [InlineData(10928, ProblemKind.Transient, "cannot answer now")]
    public async Task Refused_login_is_named_at_once_and_is_no_obstacle_later(int number, ProblemKind kind, string message)
    {
        await using var server = new TdsServer(_ => Rows()) { Admit = _ => new TdsError(number, 14, $"said {Password}") };
        await using var warehouse = TdsWarehouse.Open(server, password: Password);
        var watch = Stopwatch.StartNew();
        AssertProblem(kind, message, "", await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(8), $"took {watch.Elapsed}");
        // A login that is refused, or may pass, is tried once more; and the driver's pool must not remember the failure.
        Assert.Equal(number is 18456 or 49918 or 10928 ? 2 : 1, server.Logins.Count);
        server.Admit = _ => null;
        await warehouse.CheckAsync(null, default);
    }

    [Theory]
    [InlineData(40613)]
    [InlineData(42109)]
    public async Task Sleeping_database_is_waited_for(int number)
    {
        var refusals = 4;
        await using var server = new TdsServer(_ => Rows()) { Admit = _ => refusals-- > 0 ? new TdsError(number, 17, "starting") : null };
        var secrets = new Dictionary<string, string> { ["warehouse"] = Password };
        await using var warehouse = TestWarehouse.Make("sqlserver", TdsWarehouse.Settings(server), secrets, clock: new EagerClock());
        await warehouse.CheckAsync(null, default);
        Assert.Equal(5, server.Logins.Count);
    }

    [Theory]
    [InlineData(208, ProblemKind.Configuration, "schema.table")]
    [InlineData(207, ProblemKind.Configuration, "column")]
    [InlineData(229, ProblemKind.Configuration, "GRANT SELECT")]
    [InlineData(262, ProblemKind.Configuration, "GRANT SELECT")]
    [InlineData(8155, ProblemKind.Configuration, "AS name")]
    [InlineData(8156, ProblemKind.Configuration, "differ")]
    [InlineData(13807, ProblemKind.Configuration, "storage")]
    [InlineData(245, ProblemKind.Configuration, "own tool")]
    [InlineData(1205, ProblemKind.Transient, "tried again")]
    [InlineData(596, ProblemKind.Transient, "tried again")]
    [InlineData(40197, ProblemKind.Transient, "tried again")]
    public async Task Failed_statement_is_named(int number, ProblemKind kind, string fix)
    {
        await using var server = new TdsServer(_ => TdsReply.Fails(number, number == 245 ? $"converting '{Password}'"
            : "Invalid name 'x'.", number is 596 or 40197 ? (byte)21 : (byte)16));
        await using var warehouse = TdsWarehouse.Open(server, password: Password);
        AssertProblem(kind, "", fix, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(Table, default)));
        AssertProblem(kind, "", fix, await Assert.ThrowsAsync<ProblemException>(() => warehouse.ReadAsync(Table)));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 596)]
    [InlineData(false, 0)]
    public async Task Connection_that_breaks_in_mid_read_is_transient_and_no_end(bool resets, int number)
    {
        await using var server = new TdsServer(_ => Rows(3000, resets, number == 0 && !resets ? new TdsError(10054, 20, "gone")
            : number > 0 ? new TdsError(number, 21, "killed") : null));
        await using var warehouse = TdsWarehouse.Open(server, password: Password);
        await using (var reader = await warehouse.OpenAsync(Table, null, default))
        {
            var error = await Assert.ThrowsAsync<ProblemException>(() => TestWarehouse.RowsAsync(reader));
            AssertProblem(ProblemKind.Transient, "", "tried again", error);
            Assert.True(warehouse.IsTransient(error));
        }

        server.Answer = _ => Rows();
        Assert.Equal(2, (await warehouse.ReadAsync(Table)).Count);
    }

    [Fact]
    public async Task Read_that_is_cancelled_is_cancelled_at_the_server()
    {
        await using var server = new TdsServer(_ => new TdsReply { Columns = Rows().Columns, Stalls = true });
        await using var warehouse = TdsWarehouse.Open(server, password: Password);
        using var cancel = new CancellationTokenSource();
        var reading = Task.Run(async () =>
        {
            await using var reader = await warehouse.OpenAsync(Table, null, cancel.Token);
            await reader.ReadAsync(cancel.Token);
        });
        await Until.HoldsAsync(() => server.Requests.Count > 0);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(1, server.Cancelled);
    }

    [Fact]
    public async Task Reader_closed_early_cancels_what_is_left()
    {
        await using var server = new TdsServer(_ => Rows(int.MaxValue));
        await using var warehouse = TdsWarehouse.Open(server, password: Password);
        await using (var reader = await warehouse.OpenAsync(Table, null, default))
            Assert.True(await reader.ReadAsync());
        server.Answer = _ => Rows();
        Assert.Equal(2, (await warehouse.ReadAsync(Table)).Count);
        Assert.Equal(1, server.Cancelled);
    }

    private static TdsReply Rows(int count = 2, bool resets = false, TdsError? error = null)
    {
        var shape = TdsReply.Of(["id int", "name nvarchar(20)"]);
        return new TdsReply
        {
            Columns = shape.Columns,
            Rows = Enumerable.Range(1, count).Select(i => new object?[] { i, "a person" }),
            Resets = resets,
            Error = error
        };
    }

    private static void AssertProblem(ProblemKind kind, string message, string fix, ProblemException error)
    {
        Assert.Equal((kind, "warehouse 'analytics'"), (error.Problem.Kind, error.Problem.Place));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Problem.Fix!, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message + error.Problem.Fix);
        Assert.DoesNotContain(Password, error.ToString(), StringComparison.Ordinal);
    }
}
