namespace PendoSync.Definitions;

/// <summary>A value from a column or a constant. Exactly one is set.</summary>
public sealed record ValueSource
{
    /// <summary>Source column.</summary>
    public string? Column { get; init; }

    /// <summary>A string, bool, long, decimal or double.</summary>
    public object? Constant { get; init; }
}

/// <summary>How a row becomes a track event.</summary>
public sealed record EventDefinition
{
    /// <summary>Pendo does not process older events (support.pendo.io 360032294291).</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(7);

    /// <summary>Application whose track event shared secret is used.</summary>
    public required string App { get; init; }

    /// <summary>Event name.</summary>
    public required ValueSource Name { get; init; }

    /// <summary>Column of the visitor id.</summary>
    public required string VisitorId { get; init; }

    /// <summary>Column of the account id, optional.</summary>
    public string? AccountId { get; init; }

    /// <summary>Column of the instant.</summary>
    public required string Timestamp { get; init; }

    /// <summary>Unit when the timestamp column is an integer.</summary>
    public InstantUnit? TimestampUnit { get; init; }

    /// <summary>Property name to value.</summary>
    public IReadOnlyDictionary<string, ValueSource> Properties { get; init; } = new Dictionary<string, ValueSource>(StringComparer.Ordinal);

    /// <summary>Any of ip, userAgent, url, title.</summary>
    public IReadOnlyDictionary<string, ValueSource> Context { get; init; } = new Dictionary<string, ValueSource>(StringComparer.Ordinal);

    /// <summary>What a lost answer means. Default at_least_once.</summary>
    public DeliveryPolicy Delivery { get; init; }

    /// <summary>False (default): events older than Pendo accepts are invalid. True: they are sent all the same.</summary>
    public bool SendTooOld { get; init; }

    /// <summary>
    /// False (default): the first run sends what Pendo still accepts. True (<c>start: now</c>): the first run only remembers what is there.
    /// </summary>
    public bool StartNow { get; init; }

    /// <summary>Events before this instant are never sent (<c>start: INSTANT</c>); null: all that Pendo accepts are.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>How long a sent id is remembered. Default 90 days.</summary>
    public TimeSpan Remember { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Calls at a time. Default 16.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>Events per progress record. Default 100.</summary>
    public int Chunk { get; init; } = 100;

    /// <summary>Largest properties JSON in bytes. Default 512.</summary>
    public int MaxPropertiesBytes { get; init; } = 512;
}
