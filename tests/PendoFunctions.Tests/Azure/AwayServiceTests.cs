using System.Diagnostics;
using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Messaging.ServiceBus;
using Azure.Security.KeyVault.Secrets;
using PendoFunctions.Azure;
using PendoFunctions.Tests.Worlds;
using PendoSync.Batches;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoFunctions.Tests.Azure;

/// <summary>
/// The real clients against services that are away: whatever they throw is a problem with kind, place and fix, and whoever waits hears it
/// within seconds.
/// </summary>
public sealed class AwayServiceTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    public static TheoryData<AwayHow> Ways => [AwayHow.Refused, AwayHow.Silent, AwayHow.Reset];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Tables_that_are_away_are_a_transient_problem_in_every_operation(AwayHow how)
    {
        using var away = new AwayHost(how);
        var store = new TableStorageStore(new TableServiceClient(away.Tables, Brief(new TableClientOptions())));
        var row = new TableRow("p", "r");
        Func<Task>[] operations =
        [
            () => store.GetAsync("SyncRuns", "p", "r", Ct),
            () => store.AddAsync("SyncRuns", row, Ct),
            () => store.ReplaceAsync("SyncRuns", row, "W/\"1\"", Ct),
            () => store.UpsertAsync("SyncRuns", row, Ct),
            () => store.UpsertManyAsync("SyncRuns", "p", [row], Ct),
            () => store.DeleteAsync("SyncRuns", "p", ["r"], Ct),
            async () => await store.QueryAsync("SyncRuns", "p", RowRange.All, null, Ct).GetAsyncEnumerator(Ct).MoveNextAsync(),
        ];
        foreach (var operation in operations)
            AssertAway(await Assert.ThrowsAsync<ProblemException>(operation), "SyncRuns", "Table Storage", "StateTables");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_vault_that_is_away_is_a_transient_problem(AwayHow how)
    {
        using var away = new AwayHost(how);
        var secrets =
            new KeyVaultSecrets(new SecretClient(new Uri($"https://127.0.0.1:{away.Port}"), new Anyone(), Brief(new SecretClientOptions())),
            new ManualClock());

        AssertAway(await Assert.ThrowsAsync<ProblemException>(async () => await secrets.GetAsync("pendo-key", false, Ct)), "pendo-key",
            "the vault 127.0.0.1", "KeyVault__uri");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_queue_that_is_away_is_a_transient_problem(AwayHow how)
    {
        using var away = new AwayHost(how);
        var options =
            new ServiceBusClientOptions
            {
                RetryOptions = new ServiceBusRetryOptions
                {
                    TryTimeout = TimeSpan.FromSeconds(1),
                    MaxRetries = 0
                }
            };
        await using var client = new ServiceBusClient(away.ServiceBus, options);
        var queue = new ServiceBusBatchQueue(client, "record-batches", "sync-requests", TimeProvider.System);

        AssertAway(await Assert.ThrowsAsync<ProblemException>(() => queue.SendAsync(SampleBatches.Visitors(1, 20), TimeSpan.Zero, Ct)),
            "record-batches", "Service Bus", "Try again");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Whoever_asks_for_a_run_hears_within_20_seconds_that_the_queue_is_away(AwayHow how)
    {
        using var away = new AwayHost(how);
        await using var client =
            new ServiceBusClient(away.ServiceBus, new ServiceBusClientOptions { RetryOptions = AzureServices.ForRequests });
        var queue = new ServiceBusBatchQueue(client, "record-batches", "sync-requests", TimeProvider.System);

        await AssertWithin(TimeSpan.FromSeconds(20), () =>
            queue.RequestAsync(new SyncRequest("v", "v-1", RunMode.Full, "http", DateTimeOffset.UnixEpoch), Ct));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Whoever_waits_for_an_answer_hears_within_seconds_that_tables_or_vault_are_away(AwayHow how)
    {
        using var away = new AwayHost(how);
        var store = new TableStorageStore(new TableServiceClient(away.Tables, AzureServices.Patient(new TableClientOptions())));
        var secrets =
            new KeyVaultSecrets(new SecretClient(new Uri($"https://127.0.0.1:{away.Port}"), new Anyone(),
            AzureServices.Patient(new SecretClientOptions())), TimeProvider.System);

        await AsCaller(() => Task.WhenAll(
            AssertWithin(TimeSpan.FromSeconds(15), () => store.GetAsync("SyncRuns", "p", "r", Ct)),
            AssertWithin(TimeSpan.FromSeconds(15), async () => await store.QueryAsync("SyncRuns", "p", RowRange.All, null, Ct)
                .GetAsyncEnumerator(Ct).MoveNextAsync()),
            AssertWithin(TimeSpan.FromSeconds(15), async () => await secrets.GetAsync("a", false, Ct)),
            // Many who wait for one vault do not wait one after the other.
            AssertWithin(TimeSpan.FromSeconds(15), async () => await secrets.GetAsync("b", false, Ct))));
    }

    [Fact]
    public async Task An_identity_that_gives_no_token_is_a_problem_of_the_installation()
    {
        var store = new TableStorageStore(new TableServiceClient(new Uri("https://account.table.core.windows.net"), new Nobody(),
            Brief(new TableClientOptions())));
        await using var client = new ServiceBusClient("namespace.servicebus.windows.net", new Nobody());

        var tables = (await Assert.ThrowsAsync<ProblemException>(() => store.GetAsync("SyncRuns", "p", "r", Ct))).Problem;
        var queue = AzureProblems.Of(new CredentialUnavailableException("none"), AzureService.Bus, "record-batches", Ct)!.Problem;

        Assert.All([tables, queue], p =>
            Assert.Equal((ProblemKind.State, true), (p.Kind, p.Fix!.Contains("ManagedIdentity__ClientId", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_caller_who_goes_away_is_no_problem_of_the_service()
    {
        using var away = new AwayHost(AwayHow.Silent);
        var store = new TableStorageStore(new TableServiceClient(away.Tables, Brief(new TableClientOptions())));
        using var gone = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.GetAsync("SyncRuns", "p", "r", gone.Token));
    }

    private static async Task AsCaller(Func<Task> work)
    {
        Caller.Waits();
        await work();
    }

    private static async Task AssertWithin(TimeSpan longest, Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        var problem = (await Assert.ThrowsAsync<ProblemException>(work)).Problem;
        Assert.Equal((ProblemKind.Transient, true), (problem.Kind, problem.Fix is not null));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, longest);
    }

    private static void AssertAway(ProblemException thrown, string place, string service, string fix)
    {
        Assert.Equal((ProblemKind.Transient, place), (thrown.Problem.Kind, thrown.Problem.Place));
        Assert.StartsWith(service, thrown.Problem.Message, StringComparison.Ordinal);
        Assert.Contains(fix, thrown.Problem.Fix, StringComparison.Ordinal);
    }

    // Two tries, so that the client throws what it throws when every try has failed.
    private static T Brief<T>(T options)
        where T : ClientOptions
    {
        options.Retry.MaxRetries = 1;
        options.Retry.Delay = TimeSpan.FromMilliseconds(10);
        options.Retry.NetworkTimeout = TimeSpan.FromMilliseconds(300);
        return options;
    }

    private sealed class Anyone : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new("token", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }

    // What a ManagedIdentityCredential throws when its endpoint is away.
    private sealed class Nobody : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            throw new CredentialUnavailableException("no managed identity endpoint");

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
