using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;

namespace PendoSync.Tests.Warehouses.BigQuery;

/// <summary>Every type of https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types, as jobs.query writes it.</summary>
public sealed class BigQueryTypesTests : IAsyncLifetime
{
    private readonly BigQueryStandIn _server = new() { Polls = 0 };

    public static TheoryData<string, string, object, object> Cells => new()
    {
        { "INTEGER", "9223372036854775807", ColumnKind.Integer, long.MaxValue },
        { "INT64", "-1", ColumnKind.Integer, -1L },
        { "FLOAT", "1.2345678901234567E-300", ColumnKind.Double, 1.2345678901234567e-300 },
        { "FLOAT64", "NaN", ColumnKind.Double, double.NaN },
        { "FLOAT64", "Infinity", ColumnKind.Double, double.PositiveInfinity },
        { "FLOAT64", "-Infinity", ColumnKind.Double, double.NegativeInfinity },
        { "NUMERIC", "12345678901234567890123456789.123456789", ColumnKind.Decimal, "12345678901234567890123456789.123456789" },
        { "BIGNUMERIC", "0.00000000000000000000000000000000000001", ColumnKind.Decimal, "0.00000000000000000000000000000000000001" },
        { "BOOLEAN", "true", ColumnKind.Boolean, true },
        { "BOOL", "false", ColumnKind.Boolean, false },
        { "STRING", "ü\ud83d\ude80\n", ColumnKind.Text, "ü\ud83d\ude80\n" },
        { "BYTES", "AP8=", ColumnKind.Bytes, new byte[] { 0, 255 } },
        { "DATE", "2024-02-29", ColumnKind.Date, new DateOnly(2024, 2, 29) },
        { "DATETIME", "2024-02-29T12:30:00.123456", ColumnKind.Timestamp, new DateTime(2024, 2, 29, 12, 30, 0).AddTicks(1_234_560) },
        { "TIME", "12:30:00.500000", ColumnKind.Text, "12:30:00.500000" },
        { "TIMESTAMP", "1408452095220001", ColumnKind.Instant, new DateTime(2014, 8, 19, 12, 41, 35, 220, DateTimeKind.Utc).AddTicks(10) },
        { "TIMESTAMP", "-62135596800000000", ColumnKind.Instant, DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc) },
        { "JSON", "{\"a\":[1]}", ColumnKind.Json, "{\"a\":[1]}" },
        { "GEOGRAPHY", "POINT(1 2)", ColumnKind.Unsupported, "POINT(1 2)" },
        { "INTERVAL", "1-2 3 4:5:6", ColumnKind.Unsupported, "1-2 3 4:5:6" },
        { "RANGE", "[2024-01-01, UNBOUNDED)", ColumnKind.Unsupported, "[2024-01-01, UNBOUNDED)" },
    };

    public Task InitializeAsync() => _server.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Every_type_is_read_without_loss()
    {
        await using var warehouse = Open();
        foreach (object[] cell in Cells)
            await AssertCellAsync(warehouse, new { name = "c", type = cell[0], mode = "NULLABLE" }, cell[1], cell[2], cell[3]);
    }

    [Fact]
    public async Task Arrays_structs_and_parameterized_numerics_are_read()
    {
        await using var warehouse = Open();
        await AssertCellAsync(warehouse, new { name = "c", type = "NUMERIC", precision = "10", scale = "2" }, "1.50",
            ColumnKind.Decimal, 1.50m);
        await AssertCellAsync(warehouse, new { name = "c", type = "STRING", mode = "REPEATED" },
            new[] { new { v = "a\"" }, new { v = "b" } }, ColumnKind.Array, new[] { "a\"", "b" });
        await AssertCellAsync(warehouse, new { name = "c", type = "INTEGER", mode = "REPEATED" }, new[] { new { v = "1" } },
            ColumnKind.Array, new long[] { 1 });
        await AssertCellAsync(warehouse, new { name = "c", type = "TIMESTAMP", mode = "REPEATED" }, new[] { new { v = "1000000" } },
            ColumnKind.Array, new[] { DateTime.UnixEpoch.AddSeconds(1) });
        var fields = new object[]
        {
            new { name = "n", type = "INTEGER" }, new { name = "s", type = "STRING" }, new { name = "t", type = "TIMESTAMP" },
                new { name = "f", type = "FLOAT" },
            new { name = "j", type = "JSON" }, new { name = "a", type = "STRING", mode = "REPEATED" }, new { name = "x", type = "BOOLEAN" },
        };
        var value = new
        {
            f = new object[] { new { v = "1" }, new { v = "q\"ü" }, new { v = "1000000" }, new { v = "NaN" },
            new { v = "{\"k\":[1]}" }, new { v = new[] { new { v = "z" } } }, new { v = (string?)null } }
        };
        const string Json = """{"n":1,"s":"q\u0022\u00FC","t":"1970-01-01T00:00:01Z","f":"NaN","j":{"k":[1]},"a":["z"],"x":null}""";
        await AssertCellAsync(warehouse, new { name = "c", type = "RECORD", fields }, value, ColumnKind.Json, Json);
        await AssertCellAsync(warehouse, new { name = "c", type = "STRUCT", mode = "REPEATED", fields }, new[] { new { v = value } },
            ColumnKind.Json, "[" + Json + "]");
    }

    private async Task AssertCellAsync(IWarehouse warehouse, object field, object value, object kind, object expected)
    {
        _server.Cell = (field, value);
        await using var reader = await warehouse.OpenAsync(new Model { Sql = "select cell" }, null, default);
        Assert.True(await reader.ReadAsync());
        Assert.Equal((field, kind), (field, WarehouseColumns.Of(reader)[0].Kind));
        Assert.Equal(expected, reader.GetValue(0));
        Assert.Equal(expected.GetType(), reader.GetFieldType(0));
    }

    private IWarehouse Open() => TestWarehouse.Make("bigquery",
        new Dictionary<string, string>
        {
            ["project"] = BigQueryStandIn.Project,
            ["credentials"] = "${secret:google}",
            ["endpoint"] = _server.Url
        },
        new Dictionary<string, string> { ["google"] = _server.Credentials }, clock: new EagerClock());
}
