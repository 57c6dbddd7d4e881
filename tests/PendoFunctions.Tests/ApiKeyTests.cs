using System.Net;
using PendoFunctions.Azure;
using PendoFunctions.Tests.Worlds;
using PendoSync.Tests.Worlds;

namespace PendoFunctions.Tests;

public sealed class ApiKeyTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private readonly FakeVault _vault = new();
    private readonly ManualClock _clock = new();
    private readonly ApiKey _key;

    public ApiKeyTests()
    {
        _vault.Secrets[ApiKey.Secret] = "first";
        _key = new ApiKey(new KeyVaultSecrets(_vault.Client(), _clock), _clock);
    }

    [Fact]
    public async Task A_new_key_counts_within_five_minutes_and_the_vault_is_not_asked_each_time()
    {
        Assert.Equal("first", await _key.GetAsync(Ct));
        _vault.Secrets[ApiKey.Secret] = "second";
        Assert.Equal("first", await _key.GetAsync(Ct));
        Assert.Equal(1, _vault.Calls);

        _clock.Now += TimeSpan.FromMinutes(5);
        Assert.Equal("second", await _key.GetAsync(Ct));
    }

    [Fact]
    public async Task A_vault_that_is_down_locks_nobody_out()
    {
        await _key.GetAsync(Ct);
        _vault.Refusal = HttpStatusCode.ServiceUnavailable;
        _clock.Now += TimeSpan.FromMinutes(5);

        Assert.Equal("first", await _key.GetAsync(Ct));
    }
}
