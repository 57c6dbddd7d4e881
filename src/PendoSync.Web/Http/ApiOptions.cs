namespace PendoSync.Web.Http;

/// <summary>How the HTTP API behaves in its host.</summary>
public sealed record ApiOptions
{
    /// <summary>
    /// The key that callers must show, asked for with every request so that a rotated one counts at once; null: no key, and only
    /// requests to a loopback name are answered. A host that is reachable from elsewhere always sets it.
    /// </summary>
    public Func<CancellationToken, ValueTask<string>>? Key { get; init; }

    /// <summary>How long the page remembers a key that was typed in. Default 7 days; a new key ends it earlier.</summary>
    public TimeSpan Session { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
