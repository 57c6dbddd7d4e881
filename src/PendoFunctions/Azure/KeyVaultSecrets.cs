using System.Collections.Concurrent;
using Azure;
using Azure.Security.KeyVault.Secrets;

namespace PendoFunctions.Azure;

/// <summary>Secrets in Azure Key Vault, kept for an hour or until the other side refuses one.</summary>
public sealed class KeyVaultSecrets(SecretClient vault, TimeProvider clock) : ISecretStore
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _asking = new(1);

    /// <inheritdoc/>
    public async ValueTask<string> GetAsync(string name, bool refresh, CancellationToken ct)
    {
        var before = _known.GetValueOrDefault(name);
        if (!refresh && IsFresh(before))
            return before!.Value;
        using var limit = Caller.Limit(ct);
        try
        {
            return await AskInTurn(name, before, limit.Token);
        }
        catch (Exception e) when (ProblemOf(e, name, ct) is { } problem)
        {
            // A vault that is down for a while stops no sync: the value was good an hour ago.
            return problem.Problem.Kind == ProblemKind.Transient && before is not null && !refresh ? before.Value : throw problem;
        }
    }

    private async Task<string> AskInTurn(string name, Known? before, CancellationToken ct)
    {
        await _asking.WaitAsync(ct);
        try
        {
            // Of many callers who meet a rotated secret, one asks the vault.
            var meanwhile = _known.GetValueOrDefault(name);
            if (meanwhile != before && IsFresh(meanwhile))
                return meanwhile!.Value;
            var secret = await vault.GetSecretAsync(name, cancellationToken: ct);
            _known[name] = new Known(secret.Value.Value, clock.GetUtcNow());
            return secret.Value.Value;
        }
        finally
        {
            _asking.Release();
        }
    }

    private bool IsFresh(Known? known) => known is not null && clock.GetUtcNow() - known.At < Lifetime;

    private ProblemException? ProblemOf(Exception thrown, string name, CancellationToken ct)
    {
        var host = vault.VaultUri.Host;
        var service = AzureService.Vault(host);
        return thrown switch
        {
            RequestFailedException { Status: 404 } =>
                new ProblemException(ProblemKind.Configuration, $"{service.Name} has no secret '{name}'", name,
                $"az keyvault secret set --vault-name {host.Split('.')[0]} --name {name} --value …", thrown),
            // A grant or a disabled secret is set right by whoever set the secret.
            RequestFailedException { Status: 401 or 403 } =>
                new ProblemException(ProblemKind.Configuration, $"{service.Name} does not let the app read the secret '{name}'", name,
                service.Grant, thrown),
            _ => AzureProblems.Of(thrown, service, name, ct),
        };
    }

    private sealed record Known(string Value, DateTimeOffset At);
}
