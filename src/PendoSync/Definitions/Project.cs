namespace PendoSync.Definitions;

/// <summary>Everything a user wrote: pendosync.yaml and syncs/*.yaml, loaded and validated.</summary>
public sealed record Project
{
    /// <summary>The folder that holds pendosync.yaml.</summary>
    public required string Directory { get; init; }

    /// <summary>Pendo connections by name.</summary>
    public required IReadOnlyDictionary<string, PendoConnection> Pendo { get; init; }

    /// <summary>Warehouse connections by name.</summary>
    public required IReadOnlyDictionary<string, WarehouseConnection> Warehouses { get; init; }

    /// <summary>All syncs, ordinal by name.</summary>
    public required IReadOnlyList<SyncDefinition> Syncs { get; init; }

    /// <summary>Alerts to send; empty when none are configured.</summary>
    public IReadOnlyList<AlertDefinition> Alerts { get; init; } = [];

    /// <summary>The sync of that name, or a configuration problem with the nearest known name.</summary>
    public SyncDefinition Sync(string name) =>
        Syncs.FirstOrDefault(s => string.Equals(s.Name, name, StringComparison.Ordinal))
        ?? throw new ProblemException(ProblemKind.Configuration, $"there is no sync named '{name}'", name,
            Syncs.Count == 0 ? "Add a file to syncs/." : "Known syncs: " + string.Join(", ", Syncs.Select(s => s.Name)) + ".");
}

/// <summary>One Pendo subscription: hosts, keys and the rate all syncs share.</summary>
public sealed record PendoConnection
{
    /// <summary>The name syncs use; also the key of the shared rate.</summary>
    public required string Name { get; init; }

    /// <summary>us, us1, eu, jpn, au, or custom when the URLs were given.</summary>
    public required string Region { get; init; }

    /// <summary>Base of <c>/api/v1</c>, for example https://app.pendo.io.</summary>
    public required Uri ApiUrl { get; init; }

    /// <summary>Base of <c>/data/track</c>, for example https://data.pendo.io.</summary>
    public required Uri DataUrl { get; init; }

    /// <summary>Integration key with write access.</summary>
    public required SecretText IntegrationKey { get; init; }

    /// <summary>Track event shared secret by application name.</summary>
    public IReadOnlyDictionary<string, SecretText> TrackEventSecrets { get; init; } = new Dictionary<string, SecretText>(StringComparer.Ordinal);

    /// <summary>Calls per second shared by all syncs and instances. Default 20.</summary>
    public double MaxCallsPerSecond { get; init; } = 20;

    /// <summary>The subscription id in Pendo UI addresses (/s/ID/visitor/...); null: links hold a placeholder.</summary>
    public string? SubscriptionId { get; init; }
}

/// <summary>One warehouse as the user configured it. Keys of <see cref="Settings"/> are those its type declares.</summary>
public sealed record WarehouseConnection
{
    /// <summary>The name syncs use.</summary>
    public required string Name { get; init; }

    /// <summary>postgres, redshift, sqlserver, synapse, mysql, snowflake, bigquery, databricks, elasticsearch, google_sheets, sqlite.</summary>
    public required string Type { get; init; }

    /// <summary>Settings by name, as text; defaults of the type are not filled in.</summary>
    public required IReadOnlyDictionary<string, SecretText> Settings { get; init; }

    /// <summary>IANA zone of timestamps without zone. Default UTC.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;
}
