using PendoSync.State;

namespace PendoSync.Tests.Conformance;

/// <summary>What every store of marks does.</summary>
public abstract class MarkStoreConformance
{
    /// <summary>Names a state of this test alone.</summary>
    protected string Id { get; } = Guid.NewGuid().ToString("N");

    protected abstract IMarkStore Open();

    /// <summary>One that cannot be reached.</summary>
    protected abstract IMarkStore OpenAway();

    [Fact]
    public async Task A_mark_is_kept_and_never_goes_down()
    {
        var store = Open();
        Assert.Null(await store.ReadAsync(Id, default));
        await store.WriteAsync(Id, 3, default);
        await store.WriteAsync(Id, 2, default);
        Assert.Equal(3, await Open().ReadAsync(Id, default));
        await Open().WriteAsync(Id, long.MaxValue, default);
        Assert.Equal(long.MaxValue, await store.ReadAsync(Id, default));
        Assert.Null(await store.ReadAsync(Id + "0", default));
    }

    [Fact]
    public async Task Of_many_writers_the_highest_mark_stays()
    {
        await Task.WhenAll(Enumerable.Range(1, 20).Select(n => Task.Run(() => Open().WriteAsync(Id, n % 20, default))));
        Assert.Equal(19, await Open().ReadAsync(Id, default));
    }

    [Fact]
    public async Task A_store_that_is_away_is_a_problem_with_its_fix()
    {
        var read = (await Assert.ThrowsAsync<ProblemException>(() => OpenAway().ReadAsync(Id, default))).Problem;
        var written = (await Assert.ThrowsAsync<ProblemException>(() => OpenAway().WriteAsync(Id, 1, default))).Problem;
        Assert.All([read, written], p => Assert.False(string.IsNullOrEmpty(p.Fix)));
    }
}
