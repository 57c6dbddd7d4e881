using System.Text.Json;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Warehouses.Snowflake;

namespace PendoSync.Tests.Warehouses.Snowflake;

/// <summary>Every type of https://docs.snowflake.com/en/sql-reference/intro-summary-data-types, as the SQL API writes it.</summary>
public sealed class SnowflakeTypesTests : IAsyncLifetime
{
    private readonly SnowflakeStandIn _server = new();

    public static TheoryData<string, int?, int?, string, object, object> Cells => new()
    {
        { "fixed", 18, 0, "999999999999999999", ColumnKind.Integer, 999_999_999_999_999_999L },
        { "fixed", 38, 0, "9223372036854775807", ColumnKind.Integer, new System.Numerics.BigInteger(long.MaxValue) },
        { "fixed", 38, 0, "-99999999999999999999999999999999999999", ColumnKind.Integer,
            System.Numerics.BigInteger.Parse("-99999999999999999999999999999999999999") },
        { "FIXED", 5, 0, "-12", ColumnKind.Integer, -12L },
        { "fixed", 10, 2, "-0.10", ColumnKind.Decimal, -0.10m },
        { "fixed", 38, 9, "12345678901234567890123456789.123456789", ColumnKind.Decimal, "12345678901234567890123456789.123456789" },
        { "real", null, null, "1.2345678901234567e-300", ColumnKind.Double, 1.2345678901234567e-300 },
        { "real", null, null, "NaN", ColumnKind.Double, double.NaN },
        { "real", null, null, "-inf", ColumnKind.Double, double.NegativeInfinity },
        { "decfloat", 38, null, "1.2345678901234567890123456789012345678e-300", ColumnKind.Decimal,
            "1.2345678901234567890123456789012345678e-300" },
        { "text", null, null, "", ColumnKind.Text, "" },
        { "text", null, null, "ü\ud83d\ude80\n", ColumnKind.Text, "ü\ud83d\ude80\n" },
        { "boolean", null, null, "true", ColumnKind.Boolean, true },
        { "boolean", null, null, "0", ColumnKind.Boolean, false },
        { "date", null, null, "19782", ColumnKind.Date, new DateOnly(2024, 2, 29) },
        { "date", null, null, "-719162", ColumnKind.Date, new DateOnly(1, 1, 1) },
        { "date", null, null, "2932896", ColumnKind.Date, new DateOnly(9999, 12, 31) },
        { "time", null, 9, "82919.123456789", ColumnKind.Text, "23:01:59.1234567" },
        { "time", null, 0, "0", ColumnKind.Text, "00:00:00" },
        { "timestamp_ntz", null, 9, "1611866646.123456700", ColumnKind.Timestamp, new DateTime(2021, 1, 28, 20, 44, 6)
            .AddTicks(1_234_567) },
        { "timestamp_ntz", null, 9, "-1.500000000", ColumnKind.Timestamp, new DateTime(1969, 12, 31, 23, 59, 58, 500) },
        { "timestamp_ltz", null, 9, "1611866646.000000000", ColumnKind.Instant, new DateTime(2021, 1, 28, 20, 44, 6, DateTimeKind.Utc) },
        { "timestamp_ltz", null, 9, "-0.000000001", ColumnKind.Instant, DateTime.UnixEpoch.AddTicks(-1) },
        { "timestamp_tz", null, 9, "1616173619.000000000 960", ColumnKind.Instant, new DateTime(2021, 3, 19, 17, 6, 59, DateTimeKind.Utc) },
        { "variant", null, null, "{\"a\":[1,null]}", ColumnKind.Json, "{\"a\":[1,null]}" },
        { "object", null, null, "{}", ColumnKind.Json, "{}" },
        { "array", null, null, "[\n  1\n]", ColumnKind.Json, "[\n  1\n]" },
        { "map", null, null, "{\"k\":1}", ColumnKind.Json, "{\"k\":1}" },
        { "vector", null, null, "[1.0,2.0]", ColumnKind.Json, "[1.0,2.0]" },
        { "binary", null, null, "00FF", ColumnKind.Bytes, new byte[] { 0, 255 } },
        { "uuid", null, null, "6f9619ff-8b86-d011-b42d-00c04fc964ff", ColumnKind.Uuid, "6f9619ff-8b86-d011-b42d-00c04fc964ff" },
        { "geography", null, null, "{\"type\":\"Point\"}", ColumnKind.Unsupported, "{\"type\":\"Point\"}" },
        { "geometry", null, null, "{\"type\":\"Point\"}", ColumnKind.Unsupported, "{\"type\":\"Point\"}" },
        { "file", null, null, "{}", ColumnKind.Unsupported, "{}" },
        { "interval_day_time", null, null, "1", ColumnKind.Unsupported, "1" },
    };

    public Task InitializeAsync() => _server.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Every_type_is_read_without_loss()
    {
        await using var warehouse = Open();
        foreach (object[] cell in Cells)
        {
            _server.Cell = (new { name = "C", type = cell[0], precision = cell[1], scale = cell[2] }, (string)cell[3]);
            await using var reader = await warehouse.OpenAsync(new Model { Sql = "select cell" }, null, default);
            Assert.True(await reader.ReadAsync());
            Assert.Equal((cell[0], cell[3], cell[4]), (cell[0], cell[3], WarehouseColumns.Of(reader)[0].Kind));
            Assert.Equal(cell[5], reader.GetValue(0));
            Assert.Equal(cell[5].GetType(), reader.GetFieldType(0));
            if (cell[5] is DateTime time)
                Assert.Equal(time.Kind, reader.GetDateTime(0).Kind);
        }
    }

    [Theory]
    [InlineData("date", "2932897")]
    [InlineData("date", "soon")]
    [InlineData("timestamp_ntz", "253402300800.000000000")]
    [InlineData("binary", "0G")]
    [InlineData("boolean", "maybe")]
    public async Task A_value_that_does_not_fit_is_refused_and_not_shown(string type, string text)
    {
        _server.Cell = (new { name = "C", type }, text);
        await using var warehouse = Open();
        await using var reader = await warehouse.OpenAsync(new Model { Sql = "select cell" }, null, default);
        Assert.True(await reader.ReadAsync());
        var error = Assert.Throws<InvalidCastException>(() => reader.GetValue(0));
        Assert.DoesNotContain(text, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Types_are_named_for_people() =>
        Assert.Equal("NUMBER(10,2)",
            SnowflakeColumns.Of(JsonElement.Parse("""{"name":"A","type":"fixed","precision":10,"scale":2}""")).SystemType);

    private IWarehouse Open() =>
        TestWarehouse.Make("snowflake",
        new Dictionary<string, string> { ["account"] = "a", ["token"] = "${secret:token}", ["endpoint"] = _server.Url },
        new Dictionary<string, string> { ["token"] = SnowflakeStandIn.Pat }, clock: new EagerClock());
}
