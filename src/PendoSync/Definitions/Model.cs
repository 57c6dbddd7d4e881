namespace PendoSync.Definitions;

/// <summary>How far below the saved cursor a read starts: rows of a transaction that began earlier and ended later lie there.</summary>
/// <param name="Time">For a cursor of times, or of numbers with a unit.</param>
/// <param name="Count">For a plain number: so many values; 0 when the lookback was given as a time.</param>
public readonly record struct Lookback(TimeSpan Time, long Count = 0);

/// <summary>What is read from a warehouse: one row per record. Exactly one of table and sql is set.</summary>
public sealed record Model
{
    /// <summary>Table, view, index, sheet or range; parts separated by dots, as the user wrote it.</summary>
    public string? Table { get; init; }

    /// <summary>A query without trailing semicolon.</summary>
    public string? Sql { get; init; }

    /// <summary>Column that never goes back; null: every read is full.</summary>
    public string? Cursor { get; init; }

    /// <summary>Unit of an integer cursor that means an instant; null: a plain number.</summary>
    public InstantUnit? CursorUnit { get; init; }

    /// <summary>How far below the saved cursor a read starts, for late rows. Default 1 h.</summary>
    public Lookback Lookback { get; init; } = new(TimeSpan.FromHours(1));

    /// <summary>True: no row is an answer like any other. Default false: after a read with rows it means that something is wrong.</summary>
    public bool AllowEmpty { get; init; }

    /// <summary>What to call it in messages.</summary>
    public string Title => Table ?? "the model's SQL";
}
