using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Warehouses.JsonPages;

namespace PendoSync.Tests.Warehouses.JsonPages;

public sealed class JsonPageReaderTests
{
    private static readonly JsonColumn[] IdAndName =
        [new("id", "INT", new IntegerType()), new("name", "TEXT", new TextType(ColumnKind.Text))];

    [Fact]
    public async Task Rows_of_all_pages_come_in_order_and_empty_pages_are_passed_over()
    {
        var pages = ScriptedPages.Of("""[["1","a"],["2",null]]""", "[]", """{"rows": [ [3 , "c"] ] }""");
        await using var reader = Open(pages);
        Assert.Equal([(1, "a"), (2, null), (3, "c")], await ReadAllAsync(reader));
        Assert.False(await reader.ReadAsync());
    }

    [Fact]
    public async Task The_next_page_is_asked_for_while_the_first_is_read_and_only_that_one()
    {
        var second = new TaskCompletionSource<string?>();
        var pages = new ScriptedPages(_ => Task.FromResult<string?>("""[["1","a"]]"""), _ => second.Task, _ =>
            throw new InvalidOperationException("too early"));
        await using var reader = Open(pages);
        Assert.True(await reader.ReadAsync());
        Assert.Equal(2, pages.Asked);
        var next = reader.ReadAsync();
        Assert.False(next.IsCompleted);
        Assert.Equal(2, pages.Asked);
        second.SetResult(null);
        Assert.False(await next);
    }

    [Fact]
    public async Task An_error_of_the_third_page_surfaces_after_the_rows_of_the_second()
    {
        var pages = new ScriptedPages(_ => Task.FromResult<string?>("""[["1","a"]]"""), _ => Task.FromResult<string?>("""[["2","b"]]"""),
            _ => Task.FromException<string?>(new ProblemException(ProblemKind.Transient, "gone")));
        await using var reader = Open(pages);
        Assert.True(await reader.ReadAsync());
        Assert.True(await reader.ReadAsync());
        Assert.Equal("gone", (await Assert.ThrowsAsync<ProblemException>(() => reader.ReadAsync())).Problem.Message);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(1, true)]
    public async Task A_read_that_ends_with_other_rows_than_were_announced_has_failed(long total, bool fails)
    {
        var pages = new ScriptedPages(_ => Task.FromResult<string?>("""[["1","a"]]"""), _ =>
            Task.FromResult<string?>("""[["2","b"]]"""))
        { Total = total };
        await using var reader = Open(pages);
        var error = await Record.ExceptionAsync(() => ReadAllAsync(reader));
        Assert.Equal(fails ? ProblemKind.Transient : null, (error as ProblemException)?.Problem.Kind);
        Assert.Equal(fails, error is not null);
    }

    [Fact]
    public async Task Pages_that_come_again_end_with_the_first_row_too_many()
    {
        Task<string?> Page(CancellationToken ct) => Task.FromResult<string?>("""[["1","a"],["2","b"]]""");
        var pages = new ScriptedPages(Page, Page, Page, Page) { Total = 3 };
        await using var reader = Open(pages);
        for (var row = 0; row < 4; row++)
            Assert.True(await reader.ReadAsync());
        Assert.Contains("announced 3 rows and sent 4",
            (await Assert.ThrowsAsync<ProblemException>(() => reader.ReadAsync())).Problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[["1"]]""")]
    [InlineData("""[["1","a","b"]]""")]
    [InlineData("""[["1","a"],["2" """)]
    [InlineData("""[["1","a"], 7]""")]
    [InlineData("""[["1","a"], ["2",]]""")]
    [InlineData("[[\"1\",\"a\"],[\"2\",\"\u00ff\"]]")]
    public async Task A_broken_page_is_a_transient_problem_of_the_connection_and_never_a_changed_value(string page)
    {
        await using var reader = Open(ScriptedPages.Of(page));
        var error = await Assert.ThrowsAsync<ProblemException>(() => ReadAllAsync(reader));
        Assert.Equal((ProblemKind.Transient, "warehouse 'w'"), (error.Problem.Kind, error.Problem.Place));
    }

    [Fact]
    public async Task Cancelling_a_read_ends_the_wait_for_a_page()
    {
        var pages = new ScriptedPages(_ => new TaskCompletionSource<string?>().Task.WaitAsync(_));
        await using var reader = Open(pages);
        using var cancel = new CancellationTokenSource();
        var read = reader.ReadAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    [Fact]
    public async Task Disposing_stops_the_page_that_is_on_its_way_and_disposes_the_source()
    {
        var stopped = false;
        var pages = new ScriptedPages(_ => Task.FromResult<string?>("""[["1","a"]]"""), async ct =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, ct);
            }
            finally
            {
                stopped = ct.IsCancellationRequested;
            }

            return null;
        });
        var reader = Open(pages);
        Assert.True(await reader.ReadAsync());
        await reader.DisposeAsync();
        Assert.True(stopped);
        Assert.True(pages.Disposed);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reader.ReadAsync());
    }

    [Fact]
    public async Task A_lone_surrogate_stays_what_it_is_and_escapes_are_undone()
    {
        await using var reader = Open(ScriptedPages.Of("""[["1","a\ud800b"],["2","\ud83d\ude00\n\"\\\/\u00e9"]]"""));
        Assert.Equal([(1, "a\ud800b"), (2, "\ud83d\ude00\n\"\\/é")], await ReadAllAsync(reader));
    }

    [Fact]
    public async Task A_number_may_be_written_with_escapes_and_a_lone_surrogate_is_no_number()
    {
        await using var reader = Open(ScriptedPages.Of("""[["\u002d41",null],["4\ud8001",null]]"""));
        Assert.True(await reader.ReadAsync());
        Assert.Equal(-41, reader.GetInt64(0));
        Assert.True(await reader.ReadAsync());
        Assert.Throws<InvalidCastException>(() => reader.GetInt64(0));
    }

    [Fact]
    public async Task A_number_that_does_not_fit_is_an_error_of_its_row_and_reading_goes_on()
    {
        await using var reader = Open(ScriptedPages.Of("""[["9223372036854775808","a"],["-9223372036854775808","b"]]"""));
        Assert.True(await reader.ReadAsync());
        var error = Assert.Throws<InvalidCastException>(() => reader.GetInt64(0));
        Assert.Contains("'id'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("92233720", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(9223372036854775808m, reader.GetDecimal(0));
        Assert.True(await reader.ReadAsync());
        Assert.Equal(long.MinValue, reader.GetInt64(0));
    }

    [Fact]
    public async Task Getters_box_only_when_asked_to()
    {
        await using var reader = Open(ScriptedPages.Of("""[["41",null]]"""));
        Assert.True(await reader.ReadAsync());
        Assert.Equal(41L, reader.GetFieldValue<long>(0));
        Assert.Equal(41L, reader["ID"]);
        Assert.Equal(DBNull.Value, reader.GetValue(1));
        Assert.Throws<InvalidCastException>(() => reader.GetString(1));
        Assert.Throws<InvalidCastException>(() => reader.GetDateTime(0));
        for (var i = 0; i < 100; i++)
            reader.GetFieldValue<long>(0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            reader.GetInt64(0);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static JsonPageReader Open(IPageSource pages) => new("warehouse 'w'", IdAndName, new ArrayRow(), pages);

    private static async Task<List<(long, string?)>> ReadAllAsync(JsonPageReader reader)
    {
        var rows = new List<(long, string?)>();
        while (await reader.ReadAsync())
            rows.Add((reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetString(1)));
        return rows;
    }
}
