using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;

namespace PendoSync.Tests.Warehouses.Databricks;

/// <summary>Every type of https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-datatypes, as JSON_ARRAY writes it.</summary>
public sealed class DatabricksTypesTests : IAsyncLifetime
{
    private readonly DatabricksStandIn _server = new();

    public static TheoryData<string, string, object, object> Cells => new()
    {
        { "BIGINT", "-9223372036854775808", ColumnKind.Integer, long.MinValue },
        { "INT", "12", ColumnKind.Integer, 12L },
        { "SMALLINT", "12", ColumnKind.Integer, 12L },
        { "TINYINT", "-1", ColumnKind.Integer, -1L },
        { "DECIMAL(10,2)", "-0.10", ColumnKind.Decimal, -0.10m },
        { "DECIMAL", "7", ColumnKind.Decimal, 7m },
        { "DECIMAL(38,18)", "12345678901234567890.123456789012345678", ColumnKind.Decimal, "12345678901234567890.123456789012345678" },
        { "FLOAT", "1.5", ColumnKind.Double, 1.5 },
        { "DOUBLE", "1.2345678901234567E-300", ColumnKind.Double, 1.2345678901234567e-300 },
        { "DOUBLE", "NaN", ColumnKind.Double, double.NaN },
        { "DOUBLE", "-Infinity", ColumnKind.Double, double.NegativeInfinity },
        { "STRING", "ü\ud83d\ude80\n", ColumnKind.Text, "ü\ud83d\ude80\n" },
        { "VARCHAR(20)", "", ColumnKind.Text, "" },
        { "CHAR(1)", "x", ColumnKind.Text, "x" },
        { "CHAR(10)", " acme     ", ColumnKind.Text, " acme" },
        { "STRING", "acme ", ColumnKind.Text, "acme " },
        { "BOOLEAN", "true", ColumnKind.Boolean, true },
        { "DATE", "2024-02-29", ColumnKind.Date, new DateOnly(2024, 2, 29) },
        { "TIMESTAMP", "2024-02-29T12:30:00.123456Z", ColumnKind.Instant, new DateTime(2024, 2, 29, 12, 30, 0, DateTimeKind.Utc)
            .AddTicks(1_234_560) },
        { "TIMESTAMP", "2024-02-29T12:30:00.000+02:00", ColumnKind.Instant, new DateTime(2024, 2, 29, 10, 30, 0, DateTimeKind.Utc) },
        { "TIMESTAMP_NTZ", "2024-02-29T12:30:00.123", ColumnKind.Timestamp, new DateTime(2024, 2, 29, 12, 30, 0, 123) },
        { "BINARY", "AP8=", ColumnKind.Bytes, new byte[] { 0, 255 } },
        { "ARRAY<STRING>", "[\"a\",null,\"b\\\"\"]", ColumnKind.Array, new[] { "a", null, "b\"" } },
        { "ARRAY<INT>", "[1,null]", ColumnKind.Array, new long?[] { 1, null } },
        { "ARRAY<DECIMAL(10,2)>", "[\"1.50\"]", ColumnKind.Array, new decimal?[] { 1.50m } },
        { "ARRAY<STRUCT<A: INT>>", "[{\"a\":1}]", ColumnKind.Json, "[{\"a\":1}]" },
        { "ARRAY<ARRAY<INT>>", "[[1]]", ColumnKind.Json, "[[1]]" },
        { "STRUCT<A: INT NOT NULL>", "{\"a\":1}", ColumnKind.Json, "{\"a\":1}" },
        { "MAP<STRING, INT>", "{\"k\":1}", ColumnKind.Json, "{\"k\":1}" },
        { "VARIANT", "{\"k\":1}", ColumnKind.Json, "{\"k\":1}" },
        { "INTERVAL DAY TO SECOND", "INTERVAL '1 00:00:00' DAY TO SECOND", ColumnKind.Unsupported, "INTERVAL '1 00:00:00' DAY TO SECOND" },
        { "GEOGRAPHY(4326)", "POINT(1 2)", ColumnKind.Unsupported, "POINT(1 2)" },
        { "GEOMETRY(0)", "POINT(1 2)", ColumnKind.Unsupported, "POINT(1 2)" },
        { "OBJECT", "{}", ColumnKind.Unsupported, "{}" },
    };

    public Task InitializeAsync() => _server.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Every_type_is_read_without_loss()
    {
        await using var warehouse = Open();
        foreach (object[] cell in Cells)
        {
            _server.Cell = ((string)cell[0], (string)cell[1]);
            await using var reader = await warehouse.OpenAsync(new Model { Sql = "select cell" }, null, default);
            Assert.True(await reader.ReadAsync());
            Assert.Equal((cell[0], cell[1], cell[2]), (cell[0], cell[1], WarehouseColumns.Of(reader)[0].Kind));
            Assert.Equal(cell[3], reader.GetValue(0));
            Assert.Equal(cell[3].GetType(), reader.GetFieldType(0));
        }
    }

    [Fact]
    public async Task Column_of_nulls_is_null()
    {
        _server.Cell = ("VOID", null);
        await using var warehouse = Open();
        await using var reader = await warehouse.OpenAsync(new Model { Sql = "select cell" }, null, default);
        Assert.True(await reader.ReadAsync());
        Assert.True(reader.IsDBNull(0));
    }

    private IWarehouse Open() => TestWarehouse.Make("databricks",
        new Dictionary<string, string>
        {
            ["host"] = "h",
            ["warehouse_id"] = "wh1",
            ["token"] = "${secret:token}",
            ["endpoint"] = _server.Url
        },
        new Dictionary<string, string> { ["token"] = DatabricksStandIn.Token }, clock: new EagerClock());
}
