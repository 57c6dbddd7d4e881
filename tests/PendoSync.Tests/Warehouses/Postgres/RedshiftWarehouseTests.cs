using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Postgres;

namespace PendoSync.Tests.Warehouses.Postgres;

/// <summary>Redshift's dialect and its cursor, on a PostgreSQL server; nothing here says that a Redshift cluster was met.</summary>
[NeedsPostgres]
[Collection(PostgresCollection.Name)]
public sealed class RedshiftWarehouseTests(PostgresFixture postgres) : SqlConformance, IAsyncLifetime
{
    private IWarehouse? _warehouse;

    protected override string PlantedSecret => postgres.Password;

    protected override int ServerPort => postgres.Port;

    protected override IWarehouse Through(int port) => PostgresRows.Open(postgres, "redshift", ("port", $"{port}"));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_warehouse is not null)
            await _warehouse.DisposeAsync();
    }

    [PostgresTheory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(20)]
    [InlineData(25)]
    public async Task Blocks_give_every_row_once(int rows)
    {
        await using var warehouse = PostgresRows.Open(postgres, "redshift", ("fetch_size", "10"));
        var read = await warehouse.ReadAsync(new Model { Sql = $"select n from generate_series(1, {rows}) n" });
        Assert.Equal(Enumerable.Range(1, rows), read.Select(r => (int)r[0]));
    }

    [PostgresFact]
    public async Task Error_on_the_third_block_is_a_problem()
    {
        await using var warehouse = PostgresRows.Open(postgres, "redshift", ("fetch_size", "10"));
        await using var reader = await warehouse.OpenAsync(new Model { Sql = "select 100 / (25 - n) as v from generate_series(1, 100) n" },
            null, default);
        for (var i = 0; i < 20; i++)
            Assert.True(await reader.ReadAsync());
        AssertProblem(ProblemKind.Configuration, await Assert.ThrowsAsync<ProblemException>(() => TestWarehouse.RowsAsync(reader)));
    }

    [PostgresFact]
    public async Task Model_that_writes_is_refused()
    {
        await using var warehouse = PostgresRows.Open(postgres, "redshift");
        await Assert.ThrowsAsync<ProblemException>(() => warehouse.ReadAsync(new Model { Sql = "create table made_by_redshift (id int)" }));
    }

    [Theory]
    [InlineData("n:12.50", "12.50")]
    [InlineData("n:7", "7")]
    [InlineData("d:2026-01-02", "date '2026-01-02'")]
    [InlineData("t:2026-01-02T03:04:05.1234567", "timestamp '2026-01-02 03:04:05.123456'")]
    [InlineData("i:2026-01-02T03:04:05.0000000Z", "timestamptz '2026-01-02 03:04:05.000000+00'")]
    [InlineData("s:2026-01-02T03:04:05Z", "'2026-01-02T03:04:05Z'")]
    public void Cursor_becomes_a_typed_literal(string cursor, string literal) =>
        Assert.Equal(literal, RedshiftWarehouse.Literal(CursorValue.Parse(cursor)));

    [Fact]
    public void Text_that_is_no_time_never_becomes_a_literal() =>
        Assert.Throws<ProblemException>(() => RedshiftWarehouse.Literal(CursorValue.OfText("2026-01-02' or '1'='1")));

    protected override async Task<(IWarehouse Warehouse, Model Model)> WithAsync(IEnumerable<SuiteRow> rows)
    {
        await PostgresRows.FillAsync(postgres, rows);
        return (_warehouse = PostgresRows.Open(postgres, "redshift"), new Model { Table = "suite.people" });
    }
}
