namespace PendoFunctions;

/// <summary>The key that callers of the HTTP API show: a secret, read afresh every five minutes so that a new one soon counts.</summary>
/// <remarks>
/// Not a key of the Functions host: the status page keeps a cookie that is signed with the key, and the host does not tell
/// an app its keys.
/// </remarks>
public sealed class ApiKey(ISecretStore secrets, TimeProvider clock)
{
    /// <summary>Name of the secret.</summary>
    public const string Secret = "pendosync-api-key";

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private long _read;

    /// <summary>The key.</summary>
    /// <exception cref="ProblemException">Configuration: there is none; nobody is let in.</exception>
    public async ValueTask<string> GetAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow().UtcTicks;
        var read = Interlocked.Read(ref _read);
        if (now - read < Lifetime.Ticks || Interlocked.CompareExchange(ref _read, now, read) != read)
            return await secrets.ReadAsync(Secret, refresh: false, ct);
        try
        {
            return await secrets.ReadAsync(Secret, refresh: true, ct);
        }
        catch (ProblemException e) when (e.Problem.Kind is not ProblemKind.Configuration)
        {
            return await secrets.ReadAsync(Secret, refresh: false, ct);
        }
    }
}
