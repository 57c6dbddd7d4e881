using System.Collections.Concurrent;
using Azure;
using Azure.Identity;
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
        await _asking.WaitAsync(ct);
        try
        {
            // Of many callers who meet a rotated secret, one asks the vault.
            var meanwhile = _known.GetValueOrDefault(name);
            if (meanwhile != before && IsFresh(meanwhile))
                return meanwhile!.Value;
            var value = await Ask(name, ct);
            _known[name] = new Known(value, clock.GetUtcNow());
            return value;
        }
        catch (ProblemException e) when (e.Problem.Kind == ProblemKind.Transient && before is not null && !refresh)
        {
            // A vault that is down for a while stops no sync: the value was good an hour ago.
            return before.Value;
        }
        finally
        {
            _asking.Release();
        }
    }

    private bool IsFresh(Known? known) => known is not null && clock.GetUtcNow() - known.At < Lifetime;

    private async Task<string> Ask(string name, CancellationToken ct)
    {
        var host = vault.VaultUri.Host;
        try
        {
            var secret = await vault.GetSecretAsync(name, cancellationToken: ct);
            return secret.Value.Value;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            throw new ProblemException(ProblemKind.Configuration, $"the vault {host} has no secret '{name}'", name,
                $"az keyvault secret set --vault-name {host.Split('.')[0]} --name {name} --value …", e);
        }
        catch (RequestFailedException e) when (e.Status is 401 or 403)
        {
            throw new ProblemException(ProblemKind.Configuration, $"the vault {host} does not let the app read the secret '{name}'", name,
                "Grant the app's identity the role Key Vault Secrets User on the vault (a new grant takes up to ten minutes) and enable the secret.", e);
        }
        catch (RequestFailedException e)
        {
            throw new ProblemException(ProblemKind.Transient, $"the vault {host} does not answer ({e.ErrorCode ?? e.Status.ToString()})", name,
                "Check KeyVault__uri and the network rules of the vault.", e);
        }
        catch (AuthenticationFailedException e)
        {
            throw new ProblemException(ProblemKind.Connection, $"the app has no identity to read the vault {host}", name,
                "In Azure set ManagedIdentity__ClientId to the client id of the app's identity; locally sign in with `az login`.", e);
        }
    }

    private sealed record Known(string Value, DateTimeOffset At);
}
