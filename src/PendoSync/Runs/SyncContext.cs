using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Sources;
using PendoSync.State;

namespace PendoSync.Runs;

/// <summary>A sync with the two sides it connects.</summary>
/// <param name="Project">All definitions.</param>
/// <param name="Sync">The sync.</param>
/// <param name="Warehouse">Where rows come from.</param>
/// <param name="Pendo">Where records go.</param>
public sealed record SyncContext(Project Project, SyncDefinition Sync, IWarehouse Warehouse, PendoClient Pendo)
{
    /// <summary>
    /// Reads what is known of the fields that other syncs write by <c>"*"</c>: by their names, what their last plan wrote.
    /// </summary>
    public Func<IReadOnlyList<SyncDefinition>, CancellationToken,
        Task<IReadOnlyDictionary<string, IReadOnlyList<string>>>>? FieldsOfOthers
    { get; init; }

    /// <summary>Fields that Pendo took in this run; asking for them again would change nothing.</summary>
    internal HashSet<string> FieldsTaken { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Zone of timestamps without zone.</summary>
    public TimeZoneInfo Zone => Sync.TimeZone ?? Project.Warehouses[Sync.Warehouse].TimeZone;

    /// <summary>What Pendo calls the id of its records.</summary>
    public string IdName => PendoClient.IdNameOf(Sync.Object, Pendo.Connection);

    /// <summary>True for track events.</summary>
    public bool IsEvents => Sync.Object == PendoObject.TrackEvent;

    /// <summary>What the state belongs to; when it changes the snapshot says nothing about Pendo any more.</summary>
    public string Identity => string.Join('|', Sync.Pendo, Pendo.Connection.Hosts, Sync.Object,
        IsEvents ? Sync.Event!.App : Sync.Group, Sync.Key.ToLowerInvariant());

    /// <summary>True when the state was written for another place than this sync now sends to.</summary>
    public bool IsForeign(Checkpoint checkpoint) => checkpoint.Identity.Length > 0 && checkpoint.Identity != Identity;

    /// <summary>How a batch of this sync is sent.</summary>
    public BatchTarget Target => new()
    {
        Connection = Sync.Pendo,
        Hosts = Pendo.Connection.Hosts,
        Object = Sync.Object,
        Group = Sync.Group,
        Create = Sync.Behavior == Behavior.UpdateOrCreate,
        App = Sync.Event?.App,
        Delivery = Sync.Event?.Delivery ?? DeliveryPolicy.AtLeastOnce,
        Chunk = Sync.Event?.Chunk ?? 100,
        Concurrency = Sync.Event?.Concurrency ?? 16,
        SendTooOld = Sync.Event?.SendTooOld ?? false,
    };
}
