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

    /// <summary>All syncs that can run, ordinal by name.</summary>
    public required IReadOnlyList<SyncDefinition> Syncs { get; init; }

    /// <summary>Syncs that cannot be loaded, ordinal by name.</summary>
    public IReadOnlyList<BrokenSync> Broken { get; init; } = [];

    /// <summary>Every problem of the files, by file, line and column; also those that keep no sync from running.</summary>
    public IReadOnlyList<DefinitionProblem> Problems { get; init; } = [];

    /// <summary>True when the files have become what cannot be used: this is what they were before, and the problems are theirs.</summary>
    public bool IsStale { get; init; }

    /// <summary>Names of all syncs, broken ones too, in ordinal order.</summary>
    public IEnumerable<string> Names => Syncs.Select(s => s.Name).Concat(Broken.Select(b => b.Name)).Order(StringComparer.Ordinal);

    /// <summary>Alerts to send; empty when none are configured.</summary>
    public IReadOnlyList<AlertDefinition> Alerts { get; init; } = [];

    /// <summary>The sync of that name.</summary>
    /// <exception cref="ProblemException">Configuration: there is none, with the names there are; or it is broken, with what is
    /// wrong.</exception>
    public SyncDefinition Sync(string name) => Find(name) ?? throw new ProblemException(BrokenOf(name)?.Problem ?? Unknown(name));

    /// <summary>The sync of that name when it can run.</summary>
    public SyncDefinition? Find(string name) => Syncs.FirstOrDefault(s => string.Equals(s.Name, name, StringComparison.Ordinal));

    /// <summary>The sync of that name when it is broken.</summary>
    public BrokenSync? BrokenOf(string name) => Broken.FirstOrDefault(s => string.Equals(s.Name, name, StringComparison.Ordinal));

    /// <summary>True when there is a sync of that name, broken or not.</summary>
    public bool Knows(string name) => Find(name) is not null || BrokenOf(name) is not null;

    /// <summary>The name, when there is such a sync, broken or not.</summary>
    /// <exception cref="ProblemException">Configuration: there is none, with the names there are.</exception>
    public string Known(string name) => Knows(name) ? name : throw new ProblemException(Unknown(name));

    private Problem Unknown(string name) => new(ProblemKind.Configuration, $"there is no sync named '{name}'", name,
        Nearest.Fix(name, Names) ?? (Names.Any() ? "Known syncs: " + string.Join(", ", Names) + "." : "Add a file to syncs/."));
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

    /// <summary>The hosts of both: another pair of them is another Pendo.</summary>
    public string Hosts => $"{ApiUrl.Authority}|{DataUrl.Authority}";

    /// <summary>Integration key with write access.</summary>
    public required SecretText IntegrationKey { get; init; }

    /// <summary>Track event shared secret by application name.</summary>
    public IReadOnlyDictionary<string, SecretText> TrackEventSecrets { get; init; } =
        new Dictionary<string, SecretText>(StringComparer.Ordinal);

    /// <summary>What Pendo calls the id of a parent account. Default parentAccountId.</summary>
    public string ParentAccountId { get; init; } = "parentAccountId";

    /// <summary>Calls per second shared by all syncs and instances. Default 20.</summary>
    public double MaxCallsPerSecond { get; init; } = 20;

    /// <summary>Value and track calls that one process has open at once, at most. Default 10.</summary>
    public int MaxParallelCalls { get; init; } = 10;

    /// <summary>The subscription id in Pendo UI addresses (/s/ID/visitor/...); null: links hold a placeholder.</summary>
    public string? SubscriptionId { get; init; }
}

/// <summary>One warehouse as the user configured it. Keys of <see cref="Settings"/> are those its type declares.</summary>
public sealed record WarehouseConnection
{
    /// <summary>The name syncs use.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// postgres, redshift, sqlserver, synapse, mysql, snowflake, bigquery, databricks, elasticsearch, google_sheets, sqlite.
    /// </summary>
    public required string Type { get; init; }

    /// <summary>Settings by name, as text; defaults of the type are not filled in.</summary>
    public required IReadOnlyDictionary<string, SecretText> Settings { get; init; }

    /// <summary>Its type and the settings that say which data is read; other ones make the next read full.</summary>
    public string Source { get; init; } = "";

    /// <summary>IANA zone of timestamps without zone. Default UTC.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;
}
