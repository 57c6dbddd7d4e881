namespace PendoSync.Definitions;

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

    /// <summary>How far below the saved cursor a read starts, for late rows. Default 1 h; without effect on plain numbers.</summary>
    public TimeSpan Lookback { get; init; } = TimeSpan.FromHours(1);

    /// <summary>What to call it in messages.</summary>
    public string Title => Table ?? "the model's SQL";
}
