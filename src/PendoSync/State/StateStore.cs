namespace PendoSync.State;

/// <summary>All of the state by its tables; the only place that knows tables and keys.</summary>
/// <param name="store">The tables.</param>
/// <param name="marks">The second place that notices a restored state; null: none does.</param>
public sealed class StateStore(ITableStore store, IMarkStore? marks = null)
{
    /// <summary>Marks of states.</summary>
    public Marks Marks { get; } = new(marks, new CheckpointTable(store));

    /// <summary>Checkpoints.</summary>
    public CheckpointTable Checkpoints { get; } = new(store);

    /// <summary>Runs.</summary>
    public RunTable Runs { get; } = new(store);

    /// <summary>Intents and receipts.</summary>
    public ReceiptTable Receipts { get; } = new(store);

    /// <summary>Rejected records, for people.</summary>
    public RejectionTable Rejections { get; } = new(store);

    /// <summary>Rate and cool-down per Pendo connection.</summary>
    public RateTable Rates { get; } = new(store);

    /// <summary>Which syncs have a state.</summary>
    internal SyncDirectory Directory { get; } = new(store);

    /// <summary>Budgets of halving.</summary>
    internal HalvingTable Halvings { get; } = new(store);

    /// <summary>Streaks and undelivered messages of alerts.</summary>
    public AlertTable Alerts { get; } = new(store);

    /// <summary>Results of dry runs and checks, for an hour.</summary>
    public ResultTable Results { get; } = new(store);

    /// <summary>Bases.</summary>
    internal SnapshotTable Snapshots { get; } = new(store);
}
