using Microsoft.Data.Sqlite;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Tests.Warehouses.Sqlite;

public sealed class SqliteWarehouseTests : WarehouseConformance, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pendosync-sqlite-").FullName;

    protected override string PlantedSecret => "sqlite has none";

    // SQLite keeps a decimal as a real: 15 digits are safe.
    protected override SuiteRow Big => base.Big with { Amount = 123_456_789.123456m };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    protected override Task<(IWarehouse Warehouse, Model Model)> WithAsync(IEnumerable<SuiteRow> rows)
    {
        SqliteRows.Fill(Path.Combine(_directory, "warehouse.db"), rows);
        return Task.FromResult((Open("warehouse.db"), new Model { Table = "people" }));
    }

    [Theory]
    [InlineData("bool", "1", true, ColumnKind.Boolean)]
    [InlineData("boolean", "'false'", false, ColumnKind.Boolean)]
    [InlineData("integer", "9223372036854775807", long.MaxValue, ColumnKind.PerCell)]
    [InlineData("text", "'x'", "x", ColumnKind.PerCell)]
    [InlineData("real", "0.1", 0.1, ColumnKind.PerCell)]
    [InlineData("json", "'{\"a\":1}'", "{\"a\":1}", ColumnKind.Json)]
    public async Task Declared_types_are_honoured(string declared, string literal, object expected, object kind)
    {
        var (cell, column) = await CellAsync(declared, literal);
        Assert.Equal(expected, cell);
        Assert.Equal((ColumnKind)kind, column.Kind);
    }

    [Fact]
    public async Task Times_of_every_documented_form_are_read()
    {
        var noon = new DateTime(2026, 3, 1, 12, 0, 0, DateTimeKind.Unspecified);
        Assert.Equal(noon, (await CellAsync("datetime", "'2026-03-01 12:00'")).Cell);
        Assert.Equal(noon.AddTicks(1_234_567), (await CellAsync("timestamp(7)", "'2026-03-01T12:00:00.1234567'")).Cell);
        Assert.Equal(noon.AddHours(-2), (await CellAsync("timestamp", "'2026-03-01T12:00:00+02:00'")).Cell);
        Assert.Equal(noon, (await CellAsync("datetime", "1772366400")).Cell);
        Assert.Equal(noon, (await CellAsync("datetime", "julianday('2026-03-01 12:00:00') + 0.0")).Cell);
        Assert.Equal(new DateTimeOffset(noon, TimeSpan.FromHours(-5)),
            (await CellAsync("timestamp with time zone", "'2026-03-01T12:00:00-05:00'")).Cell);
        Assert.Equal(new DateOnly(2026, 3, 1), (await CellAsync("date", "'2026-03-01'")).Cell);
    }

    [Fact]
    public async Task Decimals_uuids_and_blobs_are_read_as_such()
    {
        Assert.Equal("12.34", (await CellAsync("decimal(10,2)", "12.34")).Cell);
        Assert.Equal("0.1", (await CellAsync("numeric", "0.1")).Cell);
        Assert.Equal("123456789012345.12", (await CellAsync("numeric", "123456789012345.12")).Cell);
        Assert.Equal(Guid.Parse("6f9619ff-8b86-d011-b42d-00c04fc964ff"),
            (await CellAsync("uuid", "'6F9619FF-8B86-D011-B42D-00C04FC964FF'")).Cell);
        Assert.Equal(new byte[] { 1, 255 }, (await CellAsync("blob", "x'01ff'")).Cell);
    }

    [Theory]
    [InlineData("date", "'soon'")]
    [InlineData("datetime", "'2026-02-30 12:00:00'")]
    [InlineData("boolean", "7")]
    [InlineData("uuid", "'secret-value'")]
    public async Task Cell_that_does_not_fit_its_declared_type_names_the_column_and_not_the_value(string declared, string literal)
    {
        var error = await Assert.ThrowsAnyAsync<InvalidCastException>(() => CellAsync(declared, literal));
        Assert.Contains("'v'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(literal.Trim('\''), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cells_of_one_column_may_differ_in_type()
    {
        Run("create table mixed (v); insert into mixed values (1), ('one'), (1.5), (null)");
        Assert.Equal([1L, "one", 1.5, DBNull.Value], (await Open().ReadAsync(new Model { Table = "mixed" })).Select(r => r[0]));
    }

    [Fact]
    public async Task Uuid_key_is_found_by_its_lower_case_text()
    {
        Run("create table u (id uuid); insert into u values ('6F9619FF-8B86-D011-B42D-00C04FC964FF'), "
            + "('00000000-0000-0000-0000-000000000001')");
        Assert.Single(await Open().ReadAsync(new Model { Table = "u" }, ReadFrom.OneKey("ID", "6f9619ff-8b86-d011-b42d-00c04fc964ff")));
    }

    [Fact]
    public async Task Cursor_of_a_query_with_with_and_a_comment_is_filtered()
    {
        Run("create table t (id integer, at date); insert into t values (1, '2026-01-01'), (2, '2026-01-02'), (3, null)");
        var model = new Model { Sql = "with x as (select * from t) select id, at from x order by id -- all" };
        Assert.Equal([2L, 3L], (await Open().ReadAsync(model, ReadFrom.At("at", CursorValue.Of(new DateOnly(2026, 1, 2)))))
            .Select(r => r[0]));
    }

    [Fact]
    public async Task Model_that_writes_is_refused()
    {
        Run("create table t (id integer)");
        await Assert.ThrowsAsync<ProblemException>(() => Open().ReadAsync(new Model { Sql = "insert into t values (1) returning id" }));
    }

    [Theory]
    [InlineData("select 1 as id, :who as a, ':it' as b", ":who")]
    [InlineData("select 1 as id, $who as a, @it as b", "$who, @it")]
    [InlineData("select 1 as id, ? as a", "?")]
    public async Task Parameter_of_the_model_is_named(string sql, string names)
    {
        Run("create table t (id integer)");
        foreach (var from in (ReadFrom?[])[null, ReadFrom.At("id", CursorValue.Of(1m))])
        {
            var error = await Assert.ThrowsAsync<ProblemException>(() => Open().ReadAsync(new Model { Sql = sql }, from));
            AssertProblem(ProblemKind.Configuration, error);
            Assert.Contains("parameters that nothing gives a value: " + names, error.Problem.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Missing_file_and_file_that_is_no_database_are_configuration_problems()
    {
        AssertProblem(ProblemKind.Configuration,
            await Assert.ThrowsAsync<ProblemException>(() => Open("nowhere.db").CheckAsync(null, default)));
        await File.WriteAllTextAsync(Path.Combine(_directory, "text.db"), new string('x', 5000));
        AssertProblem(ProblemKind.Configuration,
            await Assert.ThrowsAsync<ProblemException>(() => Open("text.db").CheckAsync(null, default)));
    }

    private IWarehouse Open(string file = "w.db") =>
        TestWarehouse.Make("sqlite", new Dictionary<string, string> { ["file"] = file }, directory: _directory);

    private void Run(string sql) => SqliteRows.Run(Path.Combine(_directory, "w.db"), sql);

    private async Task<(object Cell, WarehouseColumn Column)> CellAsync(string declared, string literal)
    {
        Run($"drop table if exists c; create table c (v {declared}); insert into c values ({literal})");
        await using var reader = await Open().OpenAsync(new Model { Table = "c" }, null, CancellationToken.None);
        Assert.True(await reader.ReadAsync());
        return (reader.GetValue(0), WarehouseColumns.Of(reader)[0]);
    }
}

/// <summary>Fills SQLite files with the suite's rows.</summary>
internal static class SqliteRows
{
    public static void Run(string file, string sql)
    {
        using var connection = Connect(file);
        using var command = new SqliteCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    public static void Fill(string file, IEnumerable<SuiteRow> rows, string timeFormat = "yyyy-MM-dd HH:mm:ss.fffffff")
    {
        using var connection = Connect(file);
        using var transaction = connection.BeginTransaction();
        using (var create = new SqliteCommand(
            "drop table if exists people; create table people (id bigint, name text, amount decimal(30,6), updated_at "
            + "timestamp, active boolean)", connection, transaction))
            create.ExecuteNonQuery();
        using var insert = new SqliteCommand("insert into people values (@id, @name, @amount, @at, @active)", connection, transaction);
        foreach (var name in (string[])["@id", "@name", "@amount", "@at", "@active"])
            insert.Parameters.Add(new SqliteParameter(name, null));
        foreach (var row in rows)
        {
            insert.Parameters[0].Value = row.Id;
            insert.Parameters[1].Value = row.Name ?? (object)DBNull.Value;
            insert.Parameters[2].Value = row.Amount ?? (object)DBNull.Value;
            insert.Parameters[3].Value = row.UpdatedAt?.ToString(timeFormat, System.Globalization.CultureInfo.InvariantCulture)
                ?? (object)DBNull.Value;
            insert.Parameters[4].Value = row.Active ?? (object)DBNull.Value;
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    private static SqliteConnection Connect(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }
}
