using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;

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

    // Pages 1, 3 and 5 of five: the first, one in the middle, the last.
    public static TheoryData<string, int, bool> Hostile
    {
        get
        {
            var cases = new TheoryData<string, int, bool>();
            foreach (var kind in HostilePages.Kinds.Keys.Append(Lacking))
            {
                foreach (var page in (int[])[1, 3, 5])
                {
                    cases.Add(kind, page, false);
                    cases.Add(kind, page, true);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Page_that_is_not_what_the_contract_gives_is_fetched_again_and_never_read_as_no_rows(string kind,
        int page, bool forEver)
    {
        // 202 to the statement itself means that it still runs, and is asked again for as long as it does.
        if (forEver && page == 1 && kind == "202" && AcceptedMeansRunning)
            return;
        var (warehouse, model) = await WithAsync(Rows((PageSize * 4) + 1));
        SpoilPage(page, kind == Lacking ? a => a with { Body = WithoutMember(a.Body) } : HostilePages.Kinds[kind],
            forEver ? int.MaxValue : 1);
        if (!forEver && (CanFetchAgain || page == 1))
            Assert.Equal(Enumerable.Range(1, (PageSize * 4) + 1).Select(i => (long)i),
                (await ReadAsync(warehouse, model)).Select(r => r.Id));
        else
            await AssertTransientAsync(warehouse, model);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Page_that_lost_a_row_never_ends_as_a_whole_read(int page)
    {
        var (warehouse, model) = await WithAsync(Rows((PageSize * 4) + 1));
        if (!Announces)
            return;
        SpoilPage(page, a => a with { Body = WithoutRow(a.Body) }, int.MaxValue);
        await AssertTransientAsync(warehouse, model);
    }

    [ConformanceFact]
    public async Task Page_that_comes_again_in_the_place_of_all_that_follow_makes_no_read_endless()
    {
        var (warehouse, model) = await WithAsync(Rows((PageSize * 4) + 1));
        if (!Announces)
            return;
        StandInAnswer? again = null;
        SpoilPage(2, answer => again ??= answer, int.MaxValue);
        await using var reader = await warehouse.OpenAsync(model, null, CancellationToken.None);
        var (rows, goesOn) = (0, true);
        var error = await Record.ExceptionAsync(async () =>
        {
            while ((goesOn = await reader.ReadAsync()) && rows < PageSize * 20)
                rows++;
        });
        Assert.True(!goesOn || error is ProblemException { Problem.Kind: ProblemKind.Transient }, $"{rows} rows, {error}");
    }

    /// <summary>False where a page that was lost cannot be asked for again.</summary>
    protected virtual bool CanFetchAgain => true;

    /// <summary>True where the contract answers 202 as long as a statement runs.</summary>
    protected virtual bool AcceptedMeansRunning => false;

    /// <summary>True where the system says how many rows there are.</summary>
    protected virtual bool Announces => true;

    private const string Lacking = "a page without its documented member";

    /// <summary>Changes the answer that brings this page (from 1), the next times.</summary>
    private protected abstract void SpoilPage(int page, Func<StandInAnswer, StandInAnswer> change, int times);

    /// <summary>A page's JSON without the member that the contract always gives.</summary>
    protected abstract string WithoutMember(string json);

    /// <summary>A page's JSON with one row less.</summary>
    protected abstract string WithoutRow(string json);

    private async Task AssertTransientAsync(IWarehouse warehouse, Model model)
    {
        var error = await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(warehouse, model));
        AssertProblem(ProblemKind.Transient, error);
        Assert.True(warehouse.IsTransient(error));
    }
}
