namespace PendoSync.Definitions;

/// <summary>What a sync writes to.</summary>
public enum PendoObject
{
    /// <summary>Account metadata by Account ID.</summary>
    Account,

    /// <summary>Visitor metadata by Visitor ID.</summary>
    Visitor,

    /// <summary>Track events.</summary>
    TrackEvent,

    /// <summary>Parent account metadata by its id.</summary>
    ParentAccount,
}

/// <summary>What may be done in Pendo.</summary>
public enum Behavior
{
    /// <summary>Ids Pendo does not know are made (<c>?create=true</c>).</summary>
    UpdateOrCreate,

    /// <summary>Ids Pendo does not know are left alone and reported as not_found.</summary>
    UpdateOnly,

    /// <summary>Track events only.</summary>
    Send,
}

/// <summary>The value type of a Pendo field.</summary>
public enum FieldType
{
    /// <summary>Text.</summary>
    String,

    /// <summary>Any number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>An instant, sent as RFC 3339 in UTC.</summary>
    Time,

    /// <summary>A list of texts.</summary>
    List,
}

/// <summary>What a null in the warehouse does to the field in Pendo.</summary>
public enum NullRule
{
    /// <summary>The field is left out, its value in Pendo stays. Default.</summary>
    Skip,

    /// <summary>null is sent, which clears the field.</summary>
    Clear,
}

/// <summary>The unit of an integer that means an instant.</summary>
public enum InstantUnit
{
    /// <summary>Seconds since 1970-01-01 UTC.</summary>
    Seconds,

    /// <summary>Milliseconds since 1970-01-01 UTC.</summary>
    Milliseconds,
}

/// <summary>What a crash between sending an event and keeping the answer means.</summary>
public enum DeliveryPolicy
{
    /// <summary>Unknown events are sent again: none is lost, some may repeat. Default.</summary>
    AtLeastOnce,

    /// <summary>Unknown events are not sent again: none repeats, some may be lost and are listed.</summary>
    AtMostOnce,
}

/// <summary>A named flow from a model to a Pendo object.</summary>
public sealed record SyncDefinition
{
    /// <summary>Unique; matches <c>[a-z0-9][a-z0-9-]{0,62}</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The file it was read from, relative to the project.</summary>
    public required string File { get; init; }

    /// <summary>Name of the warehouse connection.</summary>
    public required string Warehouse { get; init; }

    /// <summary>What is read, resolved: a dbt name has become a table, a sql_file its text.</summary>
    public required Model Model { get; init; }

    /// <summary>Name of the Pendo connection.</summary>
    public required string Pendo { get; init; }

    /// <summary>What is written to.</summary>
    public required PendoObject Object { get; init; }

    /// <summary>What may be done.</summary>
    public required Behavior Behavior { get; init; }

    /// <summary>The column with the Account ID, Visitor ID, or the event's unique id.</summary>
    public required string Key { get; init; }

    /// <summary>The group of Pendo's own flags.</summary>
    public const string FlagGroup = "pendo";

    /// <summary>True for a sync of flags (do not process, opt out of guides): they are set one by one, and never on new ids.</summary>
    public bool IsFlags => Group == FlagGroup;

    /// <summary>Flags only: true, a false in the warehouse resets a flag that is true in Pendo. Default false: it is left alone.</summary>
    public bool AllowReset { get; init; }

    /// <summary>Metadata group, "custom" or "agent", or <see cref="FlagGroup"/>. Default custom.</summary>
    public string Group { get; init; } = "custom";

    /// <summary>Mapped fields in the user's order; empty for events.</summary>
    public IReadOnlyList<FieldMapping> Fields { get; init; } = [];

    /// <summary>
    /// True for <c>"*"</c>: every column that is neither key, cursor-only, excluded nor mapped becomes the field of its name.
    /// </summary>
    public bool AllColumns { get; init; }

    /// <summary>Columns that <see cref="AllColumns"/> leaves out (case ignored).</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Create missing fields in Pendo. Default false: a missing field is an error before anything is sent.</summary>
    public bool CreateFields { get; init; }

    /// <summary>Null rule of fields without their own. Default skip.</summary>
    public NullRule WhenNull { get; init; }

    /// <summary>
    /// True (<c>start: adopt</c>): the first run takes what Pendo holds already as the warehouse has it into the snapshot, and sends the
    /// rest. Default false.
    /// </summary>
    public bool StartAdopt { get; init; }

    /// <summary>How often all records are compared with what Pendo holds. Default null = never.</summary>
    public TimeSpan? VerifyEvery { get; init; }

    /// <summary>
    /// True (<c>on_drift: repair</c>): what Pendo accepted and holds otherwise is sent again. Default false: it is only reported.
    /// </summary>
    public bool RepairsDrift { get; init; }

    /// <summary>The event's parts; null for accounts and visitors.</summary>
    public EventDefinition? Event { get; init; }

    /// <summary>When it runs by itself; null: only by hand or <see cref="After"/>.</summary>
    public Schedule? Schedule { get; init; }

    /// <summary>Runs when every parent's last success is newer than this sync's last start.</summary>
    public IReadOnlyList<string> After { get; init; } = [];

    /// <summary>Zone of timestamps without zone and of the schedule; null: the warehouse's zone, and UTC for the schedule.</summary>
    public TimeZoneInfo? TimeZone { get; init; }

    /// <summary>How often the cursor is ignored. Default 24 h; null = never (events always).</summary>
    public TimeSpan? FullEvery { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Records per batch, 1 to 10,000. Default 1000.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>Payload bytes per batch. Default 1,000,000.</summary>
    public int BatchBytes { get; init; } = 1_000_000;

    /// <summary>Guards that stop a run.</summary>
    public Limits Limits { get; init; } = new();

    /// <summary>True: the clock and HTTP do not start it. Default false.</summary>
    public bool Paused { get; init; }

    /// <summary>The name it had before, whose state it takes over; <c>none</c>: it begins anew. Null: it does not say.</summary>
    public string? RenamedFrom { get; init; }

    /// <summary>Changes whenever anything that shapes what is read or sent changes; 16 hex digits.</summary>
    public required string Hash { get; init; }
}

/// <summary>One Pendo field and where its value comes from. Exactly one of column and constant is set.</summary>
/// <param name="Field">Name as the user wrote it; matched to Pendo's schema without regard to case.</param>
public sealed record FieldMapping(string Field)
{
    /// <summary>Source column.</summary>
    public string? Column { get; init; }

    /// <summary>A string, bool, long, decimal or double used for every record.</summary>
    public object? Constant { get; init; }

    /// <summary>Declared type; null: from Pendo's schema, else from the column.</summary>
    public FieldType? Type { get; init; }

    /// <summary>Own null rule; null: the sync's.</summary>
    public NullRule? WhenNull { get; init; }

    /// <summary>Unit of an integer column of a time field.</summary>
    public InstantUnit? Unit { get; init; }

    /// <summary>True: another sync may write the same field.</summary>
    public bool Shared { get; init; }

    /// <summary>Line in the sync's file, from 1.</summary>
    public int Line { get; init; }
}

/// <summary>Guards that stop a run loudly. Percentages are judged from <see cref="MinRecords"/> on.</summary>
public sealed record Limits
{
    /// <summary>Invalid rows in percent of rows read. Default 20.</summary>
    public double MaxInvalidPercent { get; init; } = 20;

    /// <summary>Rejected records in percent of delivered ones; not_found does not count. Default 20.</summary>
    public double MaxRejectedPercent { get; init; } = 20;

    /// <summary>
    /// Not found ids in percent of all keys the sync knows, those that wait included: the sync is then failing. Default 90, since many
    /// unknown ids are usual under update_only, and nearly all of them are a wrong column.
    /// </summary>
    public double MaxNotFoundPercent { get; init; } = 90;

    /// <summary>Rejected and invalid in percent of all rows, from which a sync counts as degraded. Default 1.</summary>
    public double DegradedPercent { get; init; } = 1;

    /// <summary>Changed records in percent of the snapshot, counted before anything is sent. Default 100 = off.</summary>
    public double MaxChangedPercent { get; init; } = 100;

    /// <summary>Percentages are not judged below this many. Default 100.</summary>
    public int MinRecords { get; init; } = 100;
}
