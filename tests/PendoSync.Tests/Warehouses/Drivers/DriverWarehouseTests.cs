using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.Sqlite;
using PendoSync.Values;
using PendoSync.Warehouses;
using PendoSync.Warehouses.Drivers;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Tests.Warehouses.Drivers;

/// <summary>Tests that register drivers run one after the other: the registration is the process's.</summary>
[CollectionDefinition(Name, DisableParallelization = false)]
public sealed class DriverCollection
{
    public const string Name = "Drivers";
}

/// <summary>The suite for systems read through a driver of the host, with SQLite in the driver's place.</summary>
[Collection(DriverCollection.Name)]
public abstract class DriverConformance(string type, string driverName) : WarehouseConformance, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pendosync-driver-").FullName;

    protected override string PlantedSecret => "planted-driver-secret";

    // SQLite keeps a decimal as a real, and the text of a time to the millisecond here.
    protected override SuiteRow Big => base.Big with { Amount = 123_456_789.123456m, UpdatedAt = Noon.AddMilliseconds(123) };

    internal StandInDriver Driver => new(Path.Combine(_directory, "w.db"));

    public void Dispose()
    {
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refused_password_is_read_afresh_once(bool lasting)
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        var driver = Driver;
        var number = type == "mysql" ? 1045 : 18456;
        driver.Refuse(lasting ? [new(number, "planted-driver-secret"), new(number, "planted-driver-secret")]
            : [new(number, "planted-driver-secret")]);
        WarehouseDrivers.Register(driverName, driver);
        if (lasting)
            AssertProblem(ProblemKind.Connection, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(model, default)));
        else
            await warehouse.CheckAsync(model, default);
        Assert.Contains("planted-driver-secret", driver.ConnectionString, StringComparison.Ordinal);
    }

    protected override Task<(IWarehouse Warehouse, Model Model)> WithAsync(IEnumerable<SuiteRow> rows)
    {
        SqliteRows.Fill(Path.Combine(_directory, "w.db"), rows, "yyyy-MM-ddTHH:mm:ss.fffZ");
        WarehouseDrivers.Register(driverName, Driver);
        return Task.FromResult((Make(), new Model { Table = "main.people" }));
    }

    /// <summary>A warehouse of the type with its required settings and <paramref name="change"/>.</summary>
    protected IWarehouse Make(params (string Name, string Value)[] change)
    {
        var settings = new Dictionary<string, string>
        {
            ["host"] = "db.example.com",
            ["database"] = "analytics",
            ["user"] = "reader",
            ["password"] = "${secret:warehouse-password}",
        };
        foreach (var (name, value) in change)
        {
            if (value.Length == 0)
                settings.Remove(name);
            else
                settings[name] = value;
        }

        return TestWarehouse.Make(type, settings, new Dictionary<string, string> { ["warehouse-password"] = PlantedSecret });
    }
}

public sealed class SqlServerConformance() : DriverConformance("sqlserver", WarehouseDrivers.SqlClient)
{
    [Fact]
    public async Task Connection_string_follows_the_settings()
    {
        var driver = Driver;
        WarehouseDrivers.Register(WarehouseDrivers.SqlClient, driver);
        SqliteFile(driver);
        await Make(("encrypt", "strict")).CheckAsync(null, default);
        Assert.Equal(
            "Data Source=tcp:db.example.com,1433;Initial Catalog=analytics;Encrypt=strict;Connect Timeout=15;Application "
            + "Name=pendosync;User ID=reader;Password=planted-driver-secret",
            driver.ConnectionString);
        await Make(("auth", "entra"), ("user", ""), ("password", "")).CheckAsync(null, default);
        Assert.EndsWith("Authentication=\"Active Directory Default\"", driver.ConnectionString, StringComparison.Ordinal);
        await Make(("auth", "entra"), ("user", ""), ("password", ""), ("client_id", "0000-1")).CheckAsync(null, default);
        Assert.EndsWith("Authentication=\"Active Directory Managed Identity\";User ID=0000-1", driver.ConnectionString,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(18456, ProblemKind.Connection)]
    [InlineData(40615, ProblemKind.Connection)]
    [InlineData(11001, ProblemKind.Connection)]
    [InlineData(0, ProblemKind.Connection)]
    [InlineData(4060, ProblemKind.Configuration)]
    [InlineData(208, ProblemKind.Configuration)]
    [InlineData(207, ProblemKind.Configuration)]
    [InlineData(229, ProblemKind.Configuration)]
    [InlineData(245, ProblemKind.Configuration)]
    [InlineData(1205, ProblemKind.Transient)]
    [InlineData(40197, ProblemKind.Transient)]
    public void Error_number_becomes_a_problem(int number, ProblemKind kind) =>
        AssertProblem(kind, new SqlServerErrors(new WarehouseProblems("analytics")).Explain(number, new InvalidOperationException("name")));

    [Fact]
    public void Text_that_may_quote_a_value_is_not_shown() => Assert.DoesNotContain("ann@example.com",
        new SqlServerErrors(new WarehouseProblems("analytics"))
        .Explain(245, new InvalidOperationException("converting 'ann@example.com'")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("bigint", ColumnKind.Integer)]
    [InlineData("decimal", ColumnKind.Decimal)]
    [InlineData("money", ColumnKind.Decimal)]
    [InlineData("bit", ColumnKind.Boolean)]
    [InlineData("float", ColumnKind.Double)]
    [InlineData("nvarchar", ColumnKind.Text)]
    [InlineData("xml", ColumnKind.Text)]
    [InlineData("date", ColumnKind.Date)]
    [InlineData("datetime2", ColumnKind.Timestamp)]
    [InlineData("datetimeoffset", ColumnKind.Instant)]
    [InlineData("uniqueidentifier", ColumnKind.Uuid)]
    [InlineData("rowversion", ColumnKind.Bytes)]
    [InlineData("sql_variant", ColumnKind.PerCell)]
    [InlineData("analytics.sys.geography", ColumnKind.Unsupported)]
    [InlineData("time", ColumnKind.Unsupported)]
    public void Type_has_its_kind(string type, object kind) =>
        Assert.Equal((ColumnKind)kind, SqlServerWarehouse.KindOf(typeof(object), type));

    private static void SqliteFile(StandInDriver driver)
    {
        using var connection = driver.CreateConnection();
        connection.ConnectionString = "";
        SqliteRows.Run(((Microsoft.Data.Sqlite.SqliteConnection)connection).DataSource, "select 1");
    }
}

public sealed class SynapseConformance() : DriverConformance("synapse", WarehouseDrivers.SqlClient);

public sealed class MySqlConformance() : DriverConformance("mysql", WarehouseDrivers.MySqlConnector)
{
    [Fact]
    public async Task Session_is_read_only_and_in_utc()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        var driver = Driver;
        WarehouseDrivers.Register(WarehouseDrivers.MySqlConnector, driver);
        await warehouse.ReadAsync(model);
        Assert.Equal(["set time_zone = '+00:00', net_write_timeout = 3600", "start transaction read only"],
            driver.Statements.Where(s => s.Length > 0).Take(2));
        Assert.Equal(
            "Server=db.example.com;Port=3306;Database=analytics;User ID=reader;Password=planted-driver-secret;SSL "
            + "Mode=preferred;Connection Timeout=15;" +
            "Default Command Timeout=0;Application Name=pendosync;GUID Format=None;Convert Zero DateTime=true;Character Set=utf8mb4",
                driver.ConnectionString);
    }

    [Theory]
    [InlineData(1045, ProblemKind.Connection)]
    [InlineData(1042, ProblemKind.Connection)]
    [InlineData(1049, ProblemKind.Configuration)]
    [InlineData(1142, ProblemKind.Configuration)]
    [InlineData(1146, ProblemKind.Configuration)]
    [InlineData(1054, ProblemKind.Configuration)]
    [InlineData(1366, ProblemKind.Configuration)]
    [InlineData(1040, ProblemKind.Transient)]
    [InlineData(2013, ProblemKind.Transient)]
    public void Error_number_becomes_a_problem(int number, ProblemKind kind) =>
        AssertProblem(kind, new MySqlErrors(new WarehouseProblems("analytics")).Explain(number, new InvalidOperationException("name")));

    [Theory]
    [InlineData("TIMESTAMP", typeof(DateTime), ColumnKind.Instant)]
    [InlineData("DATETIME", typeof(DateTime), ColumnKind.Timestamp)]
    [InlineData("DATE", typeof(DateTime), ColumnKind.Date)]
    [InlineData("BOOL", typeof(bool), ColumnKind.Boolean)]
    [InlineData("BIGINT", typeof(ulong), ColumnKind.Integer)]
    [InlineData("DECIMAL", typeof(decimal), ColumnKind.Decimal)]
    [InlineData("DOUBLE", typeof(double), ColumnKind.Double)]
    [InlineData("VARCHAR", typeof(string), ColumnKind.Text)]
    [InlineData("ENUM", typeof(string), ColumnKind.Text)]
    [InlineData("JSON", typeof(string), ColumnKind.Json)]
    [InlineData("BLOB", typeof(byte[]), ColumnKind.Bytes)]
    [InlineData("GEOMETRY", typeof(byte[]), ColumnKind.Unsupported)]
    [InlineData("TIME", typeof(TimeSpan), ColumnKind.Unsupported)]
    public void Type_has_its_kind(string system, Type type, object kind) =>
        Assert.Equal((ColumnKind)kind, MySqlWarehouse.KindOf(type, system));
}

[Collection(DriverCollection.Name)]
public sealed class DriverLoginTests
{
    [Fact]
    public async Task Driver_the_host_does_not_have_is_a_configuration_problem()
    {
        var warehouse = new OtherWarehouse();
        var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default));
        Assert.Equal(ProblemKind.Configuration, error.Problem.Kind);
        Assert.Contains("-p:AllDrivers=true", error.Problem.Fix!, StringComparison.Ordinal);
    }

    private sealed class OtherWarehouse() : DriverWarehouse(
        new WarehouseContext(new WarehouseConnection
        {
            Name = "analytics",
            Type = "mysql",
            Settings = new Dictionary<string, SecretText>()
        }, ".", null!, TimeProvider.System)
        {
            Type = MySqlWarehouse.Type,
        }, "a driver nobody registered", SqlDialects.MySql)
    {
        protected override ValueTask FillAsync(System.Data.Common.DbConnectionStringBuilder settings, bool refresh,
            CancellationToken ct) => ValueTask.CompletedTask;

        protected override ProblemException Explain(int number, Exception error) => throw new NotSupportedException();

        protected override bool IsTransient(int number) => false;

        protected override bool IsWrongPassword(int number) => false;

        protected override (IReadOnlyList<WarehouseColumn> Columns,
            CellReading[] Reading) Describe(System.Data.Common.DbDataReader rows) => throw new NotSupportedException();

        protected override void Bind(System.Data.Common.DbParameter parameter, CursorValue value) => throw new NotSupportedException();
    }
}
