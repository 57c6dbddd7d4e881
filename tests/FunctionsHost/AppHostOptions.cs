namespace FunctionsHost;

/// <summary>What an <see cref="AppHost"/> runs.</summary>
public sealed record AppHostOptions
{
    /// <summary>The published app: the folder of host.json and worker.config.json.</summary>
    public required string AppDirectory { get; init; }

    /// <summary>
    /// The app's settings, by the names that environment variables have (`__` between parts). The worker gets them as such.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Whether a worker that ended by itself, or was killed, is started again, as Azure does. Default: yes.</summary>
    public bool RestartsWorker { get; init; } = true;

    /// <summary>How long a worker has to stop before it is killed. Default: 10 s.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>When a request that was not answered is cut: 230 s, as in Azure.</summary>
    /// <remarks>https://learn.microsoft.com/azure/azure-functions/functions-scale#timeout</remarks>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(230);
}
