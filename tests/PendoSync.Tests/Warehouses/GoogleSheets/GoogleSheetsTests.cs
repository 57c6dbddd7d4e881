using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Values;
using PendoSync.Warehouses.GoogleSheets;

namespace PendoSync.Tests.Warehouses.GoogleSheets;

[Collection(OneAtATime.Name)]
public sealed class GoogleSheetsTests : PagedWarehouseConformance, IAsyncLifetime
{
    private SheetsStandIn? _server;

    protected override string PlantedSecret => "planted-sheets-key";

    protected override int PageSize => 10;

    protected override string? Empty => null;

    // A sheet's numbers are doubles, its times good to a millisecond, its cells 50,000 characters.
    protected override SuiteRow Big => new(9_007_199_254_740_991, new string('ü', 40_000) + "🚀\"\\\n", 123_456_789.123456m, Noon.AddMilliseconds(123), true);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [Fact]
    public async Task Blank_rows_are_no_rows_and_short_pages_are_not_the_end()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server!.Cells = [.. Enumerable.Range(1, 35).Select(i => i is > 3 and < 32 ? new object?[] { "", "", "" } : [i, "x"])];
        Assert.Equal([1L, 2L, 3L, 32L, 33L, 34L, 35L], (await warehouse.ReadAsync(model)).Select(r => r[0]));
    }

    [Fact]
    public async Task Cells_of_a_column_may_differ_and_dates_follow_the_column_s_format()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server!.Formats = [null, "DATE", null, "DATE_TIME", null];
        _server.Cells =
        [
            [1, 2.5, "text", 46082.5, true],
            [1.5, "soon", 7, "never", "yes"],
        ];
        var rows = await warehouse.ReadAsync(model);
        // Noon in Berlin is 11:00 in UTC in winter.
        Assert.Equal([1L, new DateOnly(1900, 1, 1), "text", new DateTimeOffset(2026, 3, 1, 11, 0, 0, TimeSpan.Zero), true], rows[0]);
        Assert.Equal([1.5, "soon", 7L, "never", "yes"], rows[1]);
    }

    [Fact]
    public async Task Number_at_the_cursor_is_kept_to_its_last_digit()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server!.Cells = [[1, "a", 1700000000.1234543], [2, "b", 1700000000.1234538], [3, "c", 9007199254740993]];
        Assert.Equal([1L, 3L], (await warehouse.ReadAsync(model, ReadFrom.At("amount", CursorValue.Of(1700000000.1234543m)))).Select(r => r[0]));
        Assert.Equal([3L], (await warehouse.ReadAsync(model, ReadFrom.At("amount", CursorValue.Of(9007199254740993m)))).Select(r => r[0]));
    }

    [Fact]
    public async Task Time_past_the_last_instant_is_refused_and_not_moved()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server!.Zone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
        _server.Formats = [null, "DATE_TIME", null, null, null];
        // 9999-12-31 21:00.
        _server.Cells = [[1, 2_958_465.875]];
        await using var reader = await warehouse.OpenAsync(model, null, default);
        Assert.True(await reader.ReadAsync());
        Assert.Throws<InvalidCastException>(() => reader.GetValue(1));
    }

    [Fact]
    public async Task Cell_that_cannot_be_compared_with_the_cursor_is_kept()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server!.Cells = [[1, "a", 1, 46082.5], [2, "b", 1, "never"], [3, "c", 1, 40000]];
        Assert.Equal([1L, 2L], (await warehouse.ReadAsync(model, ReadFrom.At("updated_at", CursorValue.Of(Noon.AddHours(-1))))).Select(r => r[0]));
    }

    [Theory]
    [InlineData("people!A1:E1000", "people!A2:E11")]
    [InlineData("'My sheet'!B3:AA9", "'My sheet'!B2:AA9")]
    public void Range_is_cut_into_rows(string range, string rows) => Assert.Equal(rows, SheetRange.Parse(range)!.Rows(2, 10));

    [Theory]
    [InlineData("")]
    [InlineData("people")]
    public void What_is_no_range_is_refused(string range) => Assert.Null(SheetRange.Parse(range));

    [Theory]
    [InlineData(401, ProblemKind.Connection)]
    [InlineData(403, ProblemKind.Configuration)]
    [InlineData(404, ProblemKind.Configuration)]
    [InlineData(429, ProblemKind.Throttled)]
    [InlineData(503, ProblemKind.Transient)]
    public async Task Error_becomes_a_problem(int status, ProblemKind kind)
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server!.Fail(r => r.Path != "/token", StandInAnswer.Json(new { error = new { code = status } }, status), times: 100);
        AssertProblem(kind, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(model, default)));
    }

    [Theory]
    [InlineData("not json planted-sheets-key")]
    [InlineData("""{"type":"service_account","client_email":"a@b","private_key":"planted-sheets-key","token_uri":"http://localhost"}""")]
    public async Task Credentials_that_are_no_key_file_are_a_configuration_problem_that_does_not_quote_them(string json)
    {
        await WithAsync(Rows(1));
        AssertProblem(ProblemKind.Configuration, await Assert.ThrowsAsync<ProblemException>(() => Open(json).CheckAsync(null, default)));
    }

    [Fact]
    public async Task Refused_key_is_a_connection_problem()
    {
        var (warehouse, _) = await WithAsync(Rows(1));
        _server!.Fail(r => r.Path == "/token", StandInAnswer.Json(new { error = "invalid_grant", error_description = "Invalid JWT Signature." }, 400), times: 100);
        AssertProblem(ProblemKind.Connection, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
    }

    protected override async Task<(IWarehouse Warehouse, Model Model)> WithAsync(IEnumerable<SuiteRow> rows)
    {
        var all = rows.ToList();
        _server = new SheetsStandIn(all);
        await _server.StartAsync();
        return (Open(_server.Credentials, all.Count > 1000 ? 1000 : PageSize), new Model { Table = "people" });
    }

    protected override void FailThirdPage(bool forGood)
    {
        var pages = 0;
        _server!.Fail(r => r.Parameter("valueRenderOption") is not null && ++pages > 2, StandInAnswer.Json(new { error = new { code = 503 } }, 503), forGood ? 100 : 1);
    }

    private IWarehouse Open(string credentials, int size = 10) => TestWarehouse.Make("google_sheets", new Dictionary<string, string>
    {
        ["spreadsheet"] = SheetsStandIn.Spreadsheet,
        ["credentials"] = "${secret:sheets}",
        ["endpoint"] = _server!.Url,
        ["page_size"] = $"{size}",
    }, new Dictionary<string, string> { ["sheets"] = credentials }, clock: new EagerClock());
}
