using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Values;
using PendoSync.Warehouses.GoogleSheets;

namespace PendoSync.Tests.Warehouses.GoogleSheets;

public sealed class GoogleSheetsTests : PagedWarehouseConformance, IAsyncLifetime
{
    private readonly EagerClock _clock = new();
    private SheetsStandIn? _server;

    protected override string PlantedSecret => "planted-sheets-key";

    protected override int PageSize => 10;

    protected override string? Empty => null;

    // A sheet's numbers are doubles, its times good to a millisecond, its cells 50,000 characters.
    protected override SuiteRow Big =>
        new(9_007_199_254_740_991, new string('ü', 40_000) + "🚀\"\\\n", 123_456_789.123456m, Noon.AddMilliseconds(123), true);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private protected override void SpoilPage(int page, Func<StandInAnswer, StandInAnswer> change, int times)
    {
        var pages = 0;
        _server!.Spoil(r => r.Parameter("valueRenderOption") is not null && ++pages >= page, change, times);
    }

    protected override bool Announces => false;

    protected override string WithoutMember(string json) => HostilePages.Without(json, "range");

    protected override string WithoutRow(string json) => HostilePages.WithoutLast(json, "values");

    [Theory]
    [InlineData("properties")]
    [InlineData("sheets")]
    public async Task Description_of_the_sheet_is_waited_for(string member)
    {
        var (warehouse, model) = await WithAsync(Rows(3));
        _server!.Spoil(r => r.Parameter("ranges") is not null, a => a with { Body = HostilePages.Without(a.Body, member) });
        Assert.Equal(3, (await ReadAsync(warehouse, model)).Count);
    }

    [Theory]
    [InlineData("amount", "inserted")]
    [InlineData("name", "")]
    public async Task Header_that_changes_during_the_read_lets_no_value_into_another_column(string was, string becomes)
    {
        var (warehouse, model) = await WithAsync(Rows(25));
        var descriptions = 0;
        // The description, then the header after each block: it changes behind the first block.
        _server!.Spoil(r => r.Parameter("ranges") is not null && ++descriptions > 2,
            a => a with { Body = a.Body.Replace($"\"{was}\"", $"\"{becomes}\"", StringComparison.Ordinal) }, 100);
        await using var reader = await warehouse.OpenAsync(model, null, default);
        for (var row = 0; row < 10; row++)
            Assert.True(await reader.ReadAsync());
        AssertProblem(ProblemKind.Transient, await Assert.ThrowsAsync<ProblemException>(() => reader.ReadAsync()));
    }

    [Fact]
    public async Task Page_of_other_rows_is_fetched_again()
    {
        var (warehouse, model) = await WithAsync(Rows(25));
        SpoilPage(2, a => a with { Body = a.Body.Replace("people!A12", "people!A2", StringComparison.Ordinal) }, 1);
        Assert.Equal(25, (await ReadAsync(warehouse, model)).Count);
    }

    [Fact]
    public async Task Quota_of_a_minute_is_waited_out()
    {
        var (warehouse, model) = await WithAsync(Rows(3));
        _server!.Fail(r => r.Path != "/token", StandInAnswer.Json(new { error = new { code = 429, status = "RESOURCE_EXHAUSTED" } }, 429));
        Assert.Equal(3, (await ReadAsync(warehouse, model)).Count);
        Assert.Contains(_clock.Pauses, p => p >= TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Excel_file_of_drive_is_named()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server!.Fail(r => r.Path != "/token", StandInAnswer.Json(
            new
            {
                error = new
                {
                    code = 400,
                    message = "This operation is not supported for this document",
                    status = "FAILED_PRECONDITION"
                }
            }, 400), times: 100);
        var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(model, default));
        AssertProblem(ProblemKind.Configuration, error);
        Assert.Contains("Excel", error.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Error_cells_are_invalid_and_text_that_looks_like_one_elsewhere_is_not()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server!.Cells = [.. new object[] { "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#ERROR!", "Loading..." }
            .Select(e => new object?[] { 1, e }), [2, "#1 of N/A"]];
        await using var reader = await warehouse.OpenAsync(model, null, default);
        for (var row = 0; row < 9; row++)
        {
            Assert.True(await reader.ReadAsync());
            Assert.Throws<InvalidCastException>(() => reader.GetString(1));
            Assert.Throws<InvalidCastException>(() => reader.GetValue(1));
        }

        Assert.True(await reader.ReadAsync());
        Assert.Equal("#1 of N/A", reader.GetString(1));
    }

    [Theory]
    [InlineData(0.520833333333333, "12:30:00")]
    [InlineData(1.25, "30:00:00")]
    [InlineData(-0.5, "-12:00:00")]
    [InlineData(0.0000115856481481, "0:00:01.001")]
    [InlineData(0, "0:00:00")]
    public async Task Times_of_day_and_durations_are_text(double cell, string text)
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server!.Formats = [null, "TIME", null, null, null];
        _server.Cells = [[1, cell]];
        await using var reader = await warehouse.OpenAsync(model, null, default);
        Assert.True(await reader.ReadAsync());
        Assert.Equal((typeof(string), text, ColumnKind.Text),
            (reader.GetFieldType(1), reader.GetString(1), WarehouseColumns.Of(reader)[1].Declared));
    }

    [Fact]
    public async Task Token_endpoint_that_is_down_is_waited_for_and_says_nothing_about_the_key()
    {
        var (warehouse, _) = await WithAsync(Rows(1));
        _server!.Fail(r => r.Path == "/token", new StandInAnswer(503, "<html>busy</html>"));
        await warehouse.CheckAsync(null, default);
        _server.Fail(r => r.Path == "/token", StandInAnswer.Json(new { error = "internal_failure" }, 500), int.MaxValue);
        AssertProblem(ProblemKind.Transient,
            await Assert.ThrowsAsync<ProblemException>(() => Open(_server.Credentials).CheckAsync(null, default)));
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
        Assert.Equal([1L, 3L], (await warehouse.ReadAsync(model, ReadFrom.At("amount", CursorValue.Of(1700000000.1234543m))))
            .Select(r => r[0]));
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
        Assert.Equal([1L, 2L], (await warehouse.ReadAsync(model, ReadFrom.At("updated_at", CursorValue.Of(Noon.AddHours(-1)))))
            .Select(r => r[0]));
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
    [InlineData(401, ProblemKind.Configuration)]
    [InlineData(403, ProblemKind.Configuration)]
    [InlineData(404, ProblemKind.Configuration)]
    [InlineData(429, ProblemKind.Throttled)]
    [InlineData(503, ProblemKind.Transient)]
    [InlineData(408, ProblemKind.Transient)]
    [InlineData(425, ProblemKind.Transient)]
    [InlineData(418, ProblemKind.Configuration)]
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
    public async Task Refused_key_is_a_configuration_problem()
    {
        var (warehouse, _) = await WithAsync(Rows(1));
        _server!.Fail(r => r.Path == "/token",
            StandInAnswer.Json(new { error = "invalid_grant", error_description = "Invalid JWT Signature." }, 400), times: 100);
        AssertProblem(ProblemKind.Configuration, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
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
        _server!.Fail(r => r.Parameter("valueRenderOption") is not null && ++pages > 2,
            StandInAnswer.Json(new { error = new { code = 503 } }, 503), forGood ? 100 : 1);
    }

    private IWarehouse Open(string credentials, int size = 10) => TestWarehouse.Make("google_sheets", new Dictionary<string, string>
    {
        ["spreadsheet"] = SheetsStandIn.Spreadsheet,
        ["credentials"] = "${secret:sheets}",
        ["endpoint"] = _server!.Url,
        ["page_size"] = $"{size}",
    }, new Dictionary<string, string> { ["sheets"] = credentials }, clock: _clock);
}
