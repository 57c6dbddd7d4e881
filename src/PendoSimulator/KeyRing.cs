using System.Collections.Concurrent;

namespace PendoSimulator;

/// <summary>The integration keys of the subscription and the track secret of each application.</summary>
internal sealed class KeyRing
{
    private readonly ConcurrentDictionary<string, bool> integrationKeys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> appBySecret = new(StringComparer.Ordinal);

    public KeyRing(SimulatorOptions options) => Reset(options);

    public void Reset(SimulatorOptions options)
    {
        integrationKeys.Clear();
        appBySecret.Clear();
        foreach (var (key, canWrite) in options.IntegrationKeys)
            Allow(key, canWrite);
        foreach (var (app, secret) in options.TrackSecrets)
            SetTrackSecret(app, secret);
    }

    public void Allow(string key, bool canWrite) => integrationKeys[key] = canWrite;

    /// <summary>Replaces the secret of an application; an app keeps no second one.</summary>
    public void SetTrackSecret(string app, string secret)
    {
        foreach (var old in appBySecret.Where(pair => pair.Value == app).Select(pair => pair.Key).ToList())
            appBySecret.TryRemove(old, out _);
        appBySecret[secret] = app;
    }

    public void Revoke(string keyOrSecret)
    {
        integrationKeys.TryRemove(keyOrSecret, out _);
        appBySecret.TryRemove(keyOrSecret, out _);
    }

    /// <summary>Null for an unknown key, otherwise its write access.</summary>
    public bool? WriteAccess(string? key) => key is not null && integrationKeys.TryGetValue(key, out var canWrite) ? canWrite : null;

    public string? AppOf(string? secret) => secret is null ? null : appBySecret.GetValueOrDefault(secret);
}
