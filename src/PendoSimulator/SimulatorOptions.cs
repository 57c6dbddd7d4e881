namespace PendoSimulator;

/// <summary>What a written field that the schema does not have leads to; Pendo's own documents disagree.</summary>
public enum UnknownFieldPolicy
{
    Reject400,
    PerRecordError,
    AutoCreateText,
}

/// <summary>What a value of the wrong type leads to.</summary>
public enum TypeMismatchPolicy
{
    PerRecordError,
    Reject400,
}

/// <summary>How an element of <c>errors</c> looks: <c>"\"id\": text"</c> or <c>{"id","error"}</c>.</summary>
public enum ErrorEntryFormat
{
    Text,
    Object,
}

/// <summary>What a refused call carries as body.</summary>
public enum ErrorBodyFormat
{
    PlainText,
    Json,
    Empty,
}

/// <summary>What a written null does to the stored value.</summary>
public enum NullPolicy
{
    Clear,
    Ignore,
    TypeMismatch,
}

/// <summary>What a written empty text does to the stored value.</summary>
public enum EmptyTextPolicy
{
    Store,
    Clear,
    Ignore,
}

/// <summary>What the second record of one id in a call leads to.</summary>
public enum RepeatedIdPolicy
{
    LastWins,
    PerRecordError,
}

/// <summary>What creating a field that is already there leads to.</summary>
public enum ExistingFieldPolicy
{
    Accept,
    Reject400,
}

/// <summary>How the status of a segment looks: two clients read different members.</summary>
public enum SegmentStatusForm
{
    /// <summary><c>{"requestId","status","command","updatePending"}</c></summary>
    UpdatePending,

    /// <summary><c>{"entityTagId","status","message"}</c></summary>
    EntityTag,
}

/// <summary>The order of ids in an aggregation.</summary>
public enum IdOrder
{
    /// <summary>By the units of UTF-16.</summary>
    Ordinal,

    /// <summary>By the bytes of UTF-8.</summary>
    Bytes,

    /// <summary>Without regard to case; ids that differ in case only stand side by side.</summary>
    IgnoreCase,
}

/// <summary>How a time is shown.</summary>
public enum TimeForm
{
    /// <summary>Milliseconds since 1970, as Pendo's own dates.</summary>
    Milliseconds,

    /// <summary>RFC 3339 in UTC.</summary>
    Text,

    /// <summary>As it was sent.</summary>
    AsSent,
}

/// <summary>One metadata field that the simulated subscription has from the start.</summary>
public sealed record FieldDefinition(string Kind, string Group, string Name, string Type, string? DisplayName = null);

/// <summary>How the simulated Pendo behaves; every point that Pendo's documentation leaves open is a switch here.</summary>
public sealed record SimulatorOptions
{
    /// <summary>The loopback port; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Integration keys, each with its write access.</summary>
    public IReadOnlyDictionary<string, bool> IntegrationKeys { get; init; } = new Dictionary<string, bool> { ["demo-key"] = true };

    /// <summary>The track event shared secret of each application.</summary>
    public IReadOnlyDictionary<string, string> TrackSecrets { get; init; } = new Dictionary<string, string> { ["web-app"] = "demo-secret" };

    /// <summary>The fields that exist from the start.</summary>
    public IReadOnlyList<FieldDefinition> Fields { get; init; } = [];

    public UnknownFieldPolicy UnknownField { get; init; }

    public TypeMismatchPolicy TypeMismatch { get; init; }

    public ErrorEntryFormat ErrorEntries { get; init; }

    public ErrorBodyFormat ErrorBodies { get; init; }

    public NullPolicy Null { get; init; }

    public EmptyTextPolicy EmptyText { get; init; }

    public RepeatedIdPolicy RepeatedId { get; init; }

    public ExistingFieldPolicy ExistingField { get; init; }

    /// <summary>Whether a bulk answer repeats the kind.</summary>
    public bool EchoKind { get; init; } = true;

    /// <summary>Whether a bulk answer counts created records in a member of their own.</summary>
    public bool CountCreated { get; init; }

    /// <summary>
    /// Whether created records count in <c>updated</c>; if not, <c>updated</c> and <c>failed</c> do not add up to <c>total</c>.
    /// </summary>
    public bool CreatedCountAsUpdated { get; init; } = true;

    /// <summary>Whether empty <c>missing</c> and <c>errors</c> are written all the same.</summary>
    public bool EmptyListsShown { get; init; }

    /// <summary>Whether field names are matched without regard to case.</summary>
    public bool FieldNamesIgnoreCase { get; init; }

    /// <summary>Whether a created field's name is stored in small letters without underscores.</summary>
    public bool FieldNamesFolded { get; init; }

    /// <summary>Whether deleted fields stay in the schema answer, marked <c>isDeleted</c>.</summary>
    public bool DeletedFieldsListed { get; init; } = true;

    /// <summary>Whether the parentAccount kind can be read and written.</summary>
    public bool ParentAccounts { get; init; }

    /// <summary>The name of a parent account's id in a bulk call.</summary>
    public string ParentAccountIdName { get; init; } = "parentAccountId";

    /// <summary>Whether a time field takes epoch milliseconds besides RFC 3339 text.</summary>
    public bool TimeTakesEpochMilliseconds { get; init; }

    /// <summary>The types that a schema call may create.</summary>
    public IReadOnlyList<string> CreatableTypes { get; init; } = ["string", "number", "time", "boolean"];

    /// <summary>The type that a field created as <c>number</c> shows in the schema.</summary>
    public string NumberTypeName { get; init; } = "float";

    /// <summary>The body of an accepted schema change.</summary>
    public string SchemaAnswer { get; init; } = "{}";

    public SegmentStatusForm SegmentStatus { get; init; }

    /// <summary>How long a write of a segment goes on after its call; another one meanwhile is answered with 409.</summary>
    public TimeSpan SegmentWriteTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many operations a patch of a segment may hold.</summary>
    public int MaxPatchOperations { get; init; } = 10;

    /// <summary>How many visitor ids a patch of a segment may hold in all its operations.</summary>
    public int MaxPatchIds { get; init; } = 1000;

    /// <summary>The status for a body of a segment call that is malformed, too long or without visitors.</summary>
    public int RefusedSegmentStatus { get; init; } = 400;

    /// <summary>The body of an accepted change of a segment, except upload and patch.</summary>
    public string SegmentAnswer { get; init; } = "{}";

    /// <summary>How many ids a bulk deletion may hold (SUP-13857784403611).</summary>
    public int MaxDeletionIds { get; init; } = 500;

    /// <summary>The status for a bulk deletion that is malformed or too long.</summary>
    public int RefusedDeletionStatus { get; init; } = 400;

    /// <summary>More bulk deletions in a second are answered with <see cref="DeletionRateStatus"/>; 0 means no limit.</summary>
    public int DeletionsPerSecond { get; init; } = 1;

    public int DeletionRateStatus { get; init; } = 429;

    /// <summary>The name of the id in the answer to a bulk deletion; clients read id or batchId.</summary>
    public string DeletionIdName { get; init; } = "id";

    /// <summary>Whether records stay until <c>POST /simulator/deletions</c>; Pendo may take up to 21 days (SUP-13857784403611).</summary>
    public bool DeletionsWait { get; init; }

    public int ReadOnlyKeyStatus { get; init; } = 403;

    /// <summary>The status for a track event with an unknown secret; 200 swallows the event.</summary>
    public int UnknownTrackSecretStatus { get; init; } = 403;

    public int MalformedTrackStatus { get; init; } = 400;

    /// <summary>The status for a bulk body that is no JSON, no array, or has an element without an id or values.</summary>
    public int MalformedBulkStatus { get; init; } = 400;

    /// <summary>The status for a single value that is no JSON or does not fit its field.</summary>
    public int UnfitValueStatus { get; init; } = 400;

    /// <summary>The status for a single value of a field that does not exist; writing one of group custom creates it instead.</summary>
    public int UnknownFieldStatus { get; init; } = 400;

    public int UnknownKindStatus { get; init; } = 404;

    public int UnwritableGroupStatus { get; init; } = 400;

    /// <summary>The status for a record, segment or bulk deletion that does not exist.</summary>
    public int UnknownIdStatus { get; init; } = 404;

    public int EmptyArrayStatus { get; init; } = 200;

    /// <summary>A larger request body is answered with <see cref="TooLargeStatus"/>; 0 means no limit.</summary>
    public long MaxBodyBytes { get; init; }

    /// <summary>A bulk call of more records is answered with <see cref="TooLargeStatus"/>; 0 means no limit.</summary>
    public int MaxBulkRecords { get; init; }

    public int TooLargeStatus { get; init; } = 413;

    /// <summary>
    /// The bytes of an event's properties from which on it carries a flag; 0 means no limit. Pendo's articles differ (SUP-360032294291).
    /// </summary>
    public int MaxPropertiesBytes { get; init; } = 512;

    /// <summary>More calls of one endpoint in a second are answered with 429; 0 means no limit.</summary>
    public int RateLimitPerSecond { get; init; }

    /// <summary>The Retry-After header of such a 429; none if null.</summary>
    public string? RateLimitRetryAfter { get; init; }

    /// <summary>How long a call with values or an event takes.</summary>
    public TimeSpan ServiceTime { get; init; }

    /// <summary>
    /// With more such calls at once each takes longer, by the square of how many times as many there are: so many get the most done.
    /// 0: any number.
    /// </summary>
    public int ServiceCalls { get; init; }

    /// <summary>A call that is delayed beyond this is answered with 408. Pendo's limit is five minutes (target-pendo README).</summary>
    public TimeSpan CallTimeLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The order in which an aggregation sorts and compares ids.</summary>
    public IdOrder AggregationOrder { get; init; }

    /// <summary>How an aggregation shows a time.</summary>
    public TimeForm AggregationTimes { get; init; }

    /// <summary>How one record that is read by its id shows a time.</summary>
    public TimeForm RecordTimes { get; init; } = TimeForm.AsSent;

    /// <summary>Whether an aggregation shows values that are not there as null.</summary>
    public bool AggregationNullsShown { get; init; }

    /// <summary>Whether an aggregation needs a key with write access, as Workato's documentation says.</summary>
    public bool AggregationNeedsWriteAccess { get; init; } = true;

    /// <summary>The source of parent accounts in an aggregation.</summary>
    public string ParentAccountSource { get; init; } = "parentAccounts";

    /// <summary>More rows are answered with <see cref="AggregationLimitStatus"/>, as if they took five minutes; 0 means no limit.</summary>
    public int MaxAggregationRows { get; init; }

    /// <summary>A longer answer is answered with <see cref="AggregationLimitStatus"/>; 0 means no limit. Pendo's limit is 4 GB.</summary>
    public long MaxAggregationBytes { get; init; }

    public int AggregationLimitStatus { get; init; } = 408;

    /// <summary>How many calls <c>/simulator/calls</c> remembers.</summary>
    public int RememberedCalls { get; init; } = 10_000;
}
