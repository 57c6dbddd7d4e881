namespace PendoSync.Tests.Warehouses;

/// <summary>What a warehouse that reads page by page must do besides.</summary>
public abstract class PagedWarehouseConformance : WarehouseConformance
{
    /// <summary>Rows a page; small, so that a test of a few rows pages.</summary>
    protected abstract int PageSize { get; }

    /// <summary>Makes the third page fail: once with an error that passes, or for good.</summary>
    protected abstract void FailThirdPage(bool forGood);

    [ConformanceFact]
    public async Task Every_row_comes_once_and_in_order_across_pages()
    {
        var (warehouse, model) = await WithAsync(Rows((PageSize * 4) + 1));
        Assert.Equal(Enumerable.Range(1, (PageSize * 4) + 1).Select(i => (long)i), (await ReadAsync(warehouse, model)).Select(r => r.Id));
    }

    [ConformanceFact]
    public async Task Last_page_that_is_exactly_full_ends_the_read()
    {
        var (warehouse, model) = await WithAsync(Rows(PageSize * 2));
        Assert.Equal(PageSize * 2, (await ReadAsync(warehouse, model)).Count);
    }

    [ConformanceFact]
    public async Task Passing_error_on_the_third_page_loses_and_repeats_nothing()
    {
        var (warehouse, model) = await WithAsync(Rows(PageSize * 5));
        FailThirdPage(forGood: false);
        Assert.Equal(Enumerable.Range(1, PageSize * 5).Select(i => (long)i), (await ReadAsync(warehouse, model)).Select(r => r.Id));
    }

    [ConformanceFact]
    public async Task Lasting_error_on_the_third_page_ends_the_read_with_a_problem()
    {
        var (warehouse, model) = await WithAsync(Rows(PageSize * 5));
        FailThirdPage(forGood: true);
        var error = await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(warehouse, model));
        AssertProblem(ProblemKind.Transient, error);
        Assert.True(warehouse.IsTransient(error));
    }
}
