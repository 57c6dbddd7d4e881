using System.Data.SqlTypes;
using System.Globalization;
using System.Text;
using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Sources;
using PendoSync.Tests.Records;
using PendoSync.Values;
using PendoSync.Warehouses.Drivers;

namespace PendoSync.Tests.Warehouses.Tds;

/// <summary>Every type of SQL Server at its edges, by the real driver, and cursors in the column's own type.</summary>
public sealed class SqlServerTypeTests
{
    private static readonly Model Table = new() { Table = "dbo.t" };

    public static TheoryData<string, object, object, string> Types => new()
    {
        { "bit", true, ColumnKind.Boolean, "true" },
        { "tinyint", (byte)255, ColumnKind.Integer, "255" },
        { "smallint", short.MinValue, ColumnKind.Integer, "-32768" },
        { "int", int.MinValue, ColumnKind.Integer, "-2147483648" },
        { "bigint", long.MinValue, ColumnKind.Integer, "-9223372036854775808" },
        { "real", 0.7f, ColumnKind.Double, "0.7" },
        { "float", double.MaxValue, ColumnKind.Double, "1.7976931348623157E+308" },
        { "money", -922337203685477.5808m, ColumnKind.Decimal, "-922337203685477.5808" },
        { "smallmoney", 214748.3647m, ColumnKind.Decimal, "214748.3647" },
        { "decimal(18,2)", "1234567890123456.70", ColumnKind.Decimal, "1234567890123456.70" },
        { "decimal(38,10)", "-1234567890123456789012345678.0123456789", ColumnKind.Decimal, "-1234567890123456789012345678.0123456789" },
        { "decimal(38,0)", "99999999999999999999999999999999999999", ColumnKind.Decimal, "99999999999999999999999999999999999999" },
        { "char(10)", "acme", ColumnKind.Text, "\"acme\"" },
        { "nchar(5)", "ab", ColumnKind.Text, "\"ab\"" },
        { "varchar(20)", "tæxt ", ColumnKind.Text, "\"tæxt \"" },
        { "varchar(max)", "æ", ColumnKind.Text, "\"æ\"" },
        { "nvarchar(20)", "日本🚀", ColumnKind.Text, "\"日本🚀\"" },
        { "nvarchar(max)", new string('ü', 5000), ColumnKind.Text, $"\"{new string('ü', 5000)}\"" },
        { "text", "old", ColumnKind.Text, "\"old\"" },
        { "ntext", "old日", ColumnKind.Text, "\"old日\"" },
        { "xml", "<a>x</a>", ColumnKind.Text, "\"<a>x</a>\"" },
        { "time(7)", new TimeSpan(863_999_999_999), ColumnKind.Text, "\"23:59:59.9999999\"" },
        { "time(0)", new TimeSpan(1, 2, 3), ColumnKind.Text, "\"01:02:03\"" },
        { "date", new DateTime(9999, 12, 31), ColumnKind.Date, "\"9999-12-31\"" },
        { "datetime", new SqlDateTime(46_000, 25_919_999), ColumnKind.Timestamp, "\"2025-12-11T23:59:59.997Z\"" },
        { "smalldatetime", new DateTime(2079, 6, 6, 23, 59, 0), ColumnKind.Timestamp, "\"2079-06-06T23:59:00Z\"" },
        { "datetime2(7)", new DateTime(9999, 12, 31, 23, 59, 59).AddTicks(9_999_999), ColumnKind.Timestamp,
            "\"9999-12-31T23:59:59.9999999Z\"" },
        { "datetime2(0)", new DateTime(1, 1, 1), ColumnKind.Timestamp, "\"0001-01-01T00:00:00Z\"" },
        { "datetimeoffset(7)", new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.FromHours(5.5)).AddTicks(1), ColumnKind.Instant,
            "\"2026-03-01T06:30:00.0000001Z\"" },
        { "uniqueidentifier", Guid.Parse("6f9619ff-8b86-d011-b42d-00c04fc964ff"), ColumnKind.Uuid,
            "\"6f9619ff-8b86-d011-b42d-00c04fc964ff\"" },
        { "sql_variant", 42, ColumnKind.PerCell, "42" },
        { "sql_variant", "x", ColumnKind.PerCell, "\"x\"" },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Value_is_sent_as_it_is(string type, object value, object kind, string json)
    {
        await using var server = new TdsServer(_ => TdsReply.Of([$"v {type}"], [value], [null]));
        await using var warehouse = TdsWarehouse.Open(server);
        await using var reader = await warehouse.OpenAsync(Table, null, default);
        var column = Assert.Single(WarehouseColumns.Of(reader));
        Assert.Equal((ColumnKind)kind, column.Kind);
        Assert.True(await reader.ReadAsync());
        var written = new JsonBuffer();
        Assert.Null(new CellWriter(column, reader, FieldTarget.Any, TimeZoneInfo.Utc, null).Write(reader, written));
        Assert.Equal(json, Encoding.UTF8.GetString(written.Written));
        Assert.True(await reader.ReadAsync());
        Assert.True(reader.IsDBNull(0));
        Assert.False(await reader.ReadAsync());
    }

    [Theory]
    [InlineData("image")]
    [InlineData("binary(4)")]
    [InlineData("varbinary(max)")]
    [InlineData("rowversion")]
    [InlineData("geography")]
    public async Task Bytes_and_what_has_no_form_are_known_as_such(string type)
    {
        await using var server = new TdsServer(_ => TdsReply.Of([$"v {type}"],
            [new byte[] { 0, 1, 2, 255, 0, 0, 0, 0 }.Take(type == "binary(4)" ? 4 : 8).ToArray()]));
        await using var warehouse = TdsWarehouse.Open(server);
        await using var reader = await warehouse.OpenAsync(Table, null, default);
        var column = Assert.Single(WarehouseColumns.Of(reader));
        Assert.Equal(type == "geography" ? ColumnKind.Unsupported : ColumnKind.Bytes, column.Kind);
        Assert.True(await reader.ReadAsync());
        Assert.Equal(type == "geography" ? "(analytics.sys.geography)" : "00-01-02-FF", reader.GetValue(0) is byte[] bytes
            ? BitConverter.ToString(bytes, 0, 4) : reader.GetValue(0));
    }

    public static TheoryData<string, object, string, object> Cursors => new()
    {
        { "int", 7, "bigint", 7L },
        { "decimal(38,10)", "7.5", "decimal", 7.5m },
        { "real", 0.7f, "real", 0.7f },
        { "float", 0.7, "float", 0.7 },
        { "date", new DateTime(2026, 3, 1), "date", new DateTime(2026, 3, 1) },
        { "smalldatetime", new DateTime(2026, 3, 1, 12, 30, 0), "smalldatetime", new DateTime(2026, 3, 1, 12, 30, 0) },
        { "datetime", new SqlDateTime(46_000, 1), "datetime", new SqlDateTime(46_000, 1) },
        { "datetime", new SqlDateTime(46_000, 25_919_999), "datetime", new SqlDateTime(46_000, 25_919_999) },
        { "datetime2(7)", new DateTime(2026, 3, 1).AddTicks(1), "datetime2", new DateTime(2026, 3, 1).AddTicks(1) },
        { "datetimeoffset(7)", new DateTimeOffset(2026, 3, 1, 2, 0, 0, TimeSpan.FromHours(2)), "datetimeoffset",
            new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero) },
        { "varchar(30)", "2026-03-01T12:00:00Z", "varchar", "2026-03-01T12:00:00Z" },
        { "nvarchar(30)", "2026-03-01T12:00:00Z", "nvarchar", "2026-03-01T12:00:00Z" },
    };

    // With a lookback of 0 s a row whose cursor equals the largest one must come again: what is bound has to be what was read.
    [Theory]
    [MemberData(nameof(Cursors))]
    public async Task Cursor_is_bound_as_the_value_that_was_read(string type, object value, string boundType, object bound)
    {
        await using var server = new TdsServer(_ => TdsReply.Of(["id int", $"at {type}"], [1, value]));
        await using var warehouse = TdsWarehouse.Open(server);
        var model = new Model { Table = "t", Cursor = "at" };
        CursorValue largest;
        await using (var reader = await warehouse.OpenAsync(model, null, default))
        {
            var cursor = new CursorReader(TestSyncs.Visitors with { Model = model }, WarehouseColumns.Of(reader), reader);
            Assert.True(await reader.ReadAsync());
            largest = cursor.Read(reader)!.Value;
        }

        for (var again = 0; again < 2; again++)
            Assert.Single(await warehouse.ReadAsync(model, ReadFrom.At("AT", CursorValue.Parse(largest.ToString()))));
        var request = server.Requests[^1];
        Assert.Equal("select * from [t] where [at] >= @pendosync_from or [at] is null", request.Text);
        Assert.Equal((boundType, bound), (request.Parameters["@pendosync_from"].Type, request.Parameters["@pendosync_from"].Value));
    }

    [Fact]
    public async Task Cursor_below_the_first_day_of_its_type_starts_there()
    {
        await using var server = new TdsServer(_ => TdsReply.Of(["at datetime"], [new SqlDateTime(-53690, 0)]));
        await using var warehouse = TdsWarehouse.Open(server);
        await warehouse.ReadAsync(Table, ReadFrom.At("at", CursorValue.OfTimestamp(new DateTime(1752, 12, 31, 23, 0, 0))));
        Assert.Equal(new SqlDateTime(-53690, 0), server.Requests[^1].Parameters["@pendosync_from"].Value);
    }

    [Fact]
    public void Names_of_types_have_their_kind() =>
        Assert.Equal([ColumnKind.Json, ColumnKind.Text, ColumnKind.Unsupported, ColumnKind.Unsupported],
            new[] { "json", "sysname", "analytics.sys.hierarchyid", "vector" }.Select(name =>
                SqlServerWarehouse.KindOf(typeof(object), name)));

    [Fact]
    public async Task Hostile_culture_changes_no_value()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("ar-SA");
        try
        {
            await Value_is_sent_as_it_is("decimal(38,10)", "-1234567890123456789012345678.0123456789", ColumnKind.Decimal,
                "-1234567890123456789012345678.0123456789");
            await Value_is_sent_as_it_is("time(7)", new TimeSpan(863_999_999_999), ColumnKind.Text, "\"23:59:59.9999999\"");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
