using Xunit;

namespace PendoSync.Tests.Conformance;

/// <summary>What every store of secrets must do; one subclass per store.</summary>
public abstract class SecretStoreConformance
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    /// <summary>The store.</summary>
    protected abstract ISecretStore Store { get; }

    /// <summary>Puts a secret where the store finds it, in place of what was there.</summary>
    protected abstract void Put(string name, string value);

    [Theory]
    [InlineData("plain")]
    [InlineData(" with spaces at both ends ")]
    [InlineData("a=b==&c#d \"double\" ${secret:other} ${env:HOME} \\n")]
    [InlineData("it's \"both\"")]
    [InlineData("Zoë 日本 😀")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n")]
    public async Task A_value_comes_back_exactly(string value)
    {
        Put("warehouse-password-2", value);

        Assert.Equal(value, await Store.GetAsync("warehouse-password-2", refresh: false, Ct));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_missing_secret_is_a_matter_of_configuration_with_the_place_to_put_it(bool refresh)
    {
        Put("another", "x");

        var problem = (await Assert.ThrowsAsync<ProblemException>(async () => await Store.GetAsync("pendo-key", refresh, Ct))).Problem;

        Assert.Equal((ProblemKind.Configuration, "pendo-key"), (problem.Kind, problem.Place));
        Assert.Contains("pendo-key", problem.Message, StringComparison.Ordinal);
        Assert.False(string.IsNullOrWhiteSpace(problem.Fix));
    }

    [Fact]
    public async Task A_secret_that_comes_late_is_found()
    {
        await Assert.ThrowsAsync<ProblemException>(async () => await Store.GetAsync("pendo-key", refresh: false, Ct));
        Put("pendo-key", "late");

        Assert.Equal("late", await Store.GetAsync("pendo-key", refresh: true, Ct));
    }

    [Fact]
    public async Task A_refused_value_is_read_afresh_and_then_counts_for_everybody()
    {
        Put("pendo-key", "old");
        Assert.Equal("old", await Store.GetAsync("pendo-key", refresh: false, Ct));
        Put("pendo-key", "new");

        Assert.Equal("new", await Store.GetAsync("pendo-key", refresh: true, Ct));
        Assert.Equal("new", await Store.GetAsync("pendo-key", refresh: false, Ct));
    }

    [Fact]
    public async Task Many_may_ask_at_once_for_many_secrets()
    {
        for (var i = 0; i < 5; i++)
            Put($"secret-{i}", $"value {i}");

        var values = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(i => Task.Run(async () => await Store.GetAsync($"secret-{i % 5}", refresh: i % 7 == 0, Ct))));

        for (var i = 0; i < values.Length; i++)
            Assert.Equal($"value {i % 5}", values[i]);
    }
}
