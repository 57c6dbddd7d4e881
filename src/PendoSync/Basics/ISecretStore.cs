namespace PendoSync.Basics;

/// <summary>Where secrets are kept: Key Vault in Azure, environment and .env on one machine.</summary>
public interface ISecretStore
{
    /// <summary>
    /// The secret's value as it is kept; whoever uses it reads it by <see cref="SecretValue.ReadAsync"/>. Called at every use;
    /// implementations cache.
    /// </summary>
    /// <param name="name">As written in <c>${secret:name}</c>: letters, digits and dashes.</param>
    /// <param name="refresh">True after the other side refused the value (401/403): the cache is passed by.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="ProblemException">Configuration: the secret is missing, with the place to put it.</exception>
    ValueTask<string> GetAsync(string name, bool refresh, CancellationToken ct);
}
