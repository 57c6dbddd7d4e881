using System.Net;
using PendoFunctions.Azure;
using PendoFunctions.Tests.Worlds;
using PendoSync.Tests.Worlds;

namespace PendoFunctions.Tests.Azure;

public sealed class KeyVaultSecretsTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private readonly FakeVault _vault = new();
    private readonly ManualClock _clock = new();
    private readonly KeyVaultSecrets _secrets;

    public KeyVaultSecretsTests()
    {
        _vault.Secrets["pendo-integration-key"] = "first";
        _secrets = new KeyVaultSecrets(_vault.Client(), _clock);
    }

    [Fact]
    public async Task A_secret_is_asked_for_once_an_hour()
    {
        Assert.Equal("first", await Get());
        _vault.Secrets["pendo-integration-key"] = "second";
        Assert.Equal("first", await Get());
        _clock.Now += TimeSpan.FromMinutes(59);
        Assert.Equal("first", await Get());
        Assert.Equal(1, _vault.Calls);

        _clock.Now += TimeSpan.FromMinutes(1);
        Assert.Equal("second", await Get());
    }

    [Fact]
    public async Task A_refused_secret_is_read_afresh()
    {
        await Get();
        _vault.Secrets["pendo-integration-key"] = "rotated";

        Assert.Equal("rotated", await Get(refresh: true));
        Assert.Equal("rotated", await Get());
    }

    [Fact]
    public async Task Many_who_need_a_secret_at_once_ask_the_vault_once()
    {
        var values = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () => await Get())));

        Assert.All(values, value => Assert.Equal("first", value));
        Assert.Equal(1, _vault.Calls);
    }

    [Fact]
    public async Task A_missing_secret_names_vault_and_secret()
    {
        var problem =
            (await Assert.ThrowsAsync<ProblemException>(async () => await _secrets.GetAsync("warehouse-password", false, Ct))).Problem;

        Assert.Equal((ProblemKind.Configuration, "warehouse-password"), (problem.Kind, problem.Place));
        Assert.Contains("our-vault.vault.azure.net", problem.Message);
        Assert.Contains("--vault-name our-vault --name warehouse-password", problem.Fix);
    }

    [Fact]
    public async Task A_missing_grant_names_vault_secret_and_role()
    {
        _vault.Refusal = HttpStatusCode.Forbidden;

        var problem = (await Assert.ThrowsAsync<ProblemException>(async () => await Get())).Problem;

        Assert.Equal(ProblemKind.Configuration, problem.Kind);
        Assert.Contains("our-vault.vault.azure.net", problem.Message);
        Assert.Contains("pendo-integration-key", problem.Message);
        Assert.Contains("Key Vault Secrets User", problem.Fix);
        Assert.Single(problem.ToString().Split('\n'));
    }

    [Fact]
    public async Task A_missing_identity_says_which_setting_to_set()
    {
        _vault.NoIdentity = true;

        var problem = (await Assert.ThrowsAsync<ProblemException>(async () => await Get())).Problem;

        Assert.Equal(ProblemKind.State, problem.Kind);
        Assert.Contains("ManagedIdentity__ClientId", problem.Fix);
    }

    [Fact]
    public async Task A_vault_that_is_down_stops_nobody_who_had_the_secret_unless_it_was_refused()
    {
        await Get();
        _vault.Refusal = HttpStatusCode.ServiceUnavailable;
        _clock.Now += TimeSpan.FromHours(2);

        Assert.Equal("first", await Get());
        var problem = (await Assert.ThrowsAsync<ProblemException>(async () => await Get(refresh: true))).Problem;
        Assert.Equal(ProblemKind.Transient, problem.Kind);
    }

    private ValueTask<string> Get(bool refresh = false) => _secrets.GetAsync("pendo-integration-key", refresh, Ct);
}
