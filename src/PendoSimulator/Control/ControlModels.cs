namespace PendoSimulator.Control;

/// <summary>How often an endpoint answered with a status.</summary>
public sealed record EndpointCount(string Endpoint, int Status, int Count);

/// <summary>All calls since the start or the last reset.</summary>
public sealed record CallSummary(
    long Total, long Records, long Bytes, IReadOnlyList<EndpointCount> ByEndpoint, CallPeaks Peaks, CallPeaks ApiPeaks, CallPeaks DataPeaks)
{
    public int Count(string endpoint) => ByEndpoint.Where(c => c.Endpoint == endpoint).Sum(c => c.Count);

    public int Count(string endpoint, int status) => ByEndpoint.Where(c => c.Endpoint == endpoint && c.Status == status).Sum(c => c.Count);
}

/// <summary>Received events, those of them that Pendo would drop, and how often each flag was set.</summary>
public sealed record EventSummary(int Received, int Dropped, IReadOnlyDictionary<string, int> Flags);

/// <summary>What <c>GET /simulator/state</c> answers.</summary>
public sealed record SimulatorState(IReadOnlyDictionary<string, int> Records, EventSummary Events, CallSummary Calls);

/// <summary>What <c>GET /simulator/checksum/{kind}</c> answers; the checksum is 16 hexadecimal digits.</summary>
public sealed record RecordChecksum(string Kind, int Count, string Checksum);

/// <summary>
/// What <c>POST /simulator/reset</c> forgets; everything that is not named false. Bulk deletions are forgotten with
/// the records, and the schema goes back only together with them.
/// </summary>
public sealed record ResetRequest(
    bool Records = true, bool Events = true, bool Calls = true, bool Faults = true, bool Schema = true, bool Keys = true,
        bool Segments = true);

/// <summary>
/// One segment as <c>GET /simulator/segments</c> shows it; the visitors are there at once, also while the write is pending.
/// </summary>
public sealed record SegmentState(string Id, string Name, IReadOnlyList<string> Visitors, bool UpdatePending);

/// <summary>One bulk deletion as <c>GET /simulator/deletions</c> shows it; outstanding until its records are removed.</summary>
public sealed record Deletion(string Id, string Kind, IReadOnlyList<string> Ids, bool Outstanding);

/// <summary>Creates records without values: the named ids, or <c>prefix</c> followed by numbers.</summary>
public sealed record SeedRequest(string Kind, IReadOnlyList<string>? Ids = null, string? Prefix = null, int From = 1, int Count = 0);

/// <summary>How many records a seed created.</summary>
internal sealed record SeedResult(int Created);

/// <summary>Adds or replaces keys and secrets, then revokes some.</summary>
public sealed record KeyRequest(
    IReadOnlyDictionary<string, bool>? IntegrationKeys = null,
    IReadOnlyDictionary<string, string>? TrackSecrets = null,
    IReadOnlyList<string>? Revoke = null);

/// <summary>Adds (or revives) and removes fields behind the client's back.</summary>
public sealed record SchemaChange(IReadOnlyList<FieldDefinition>? Add = null, IReadOnlyList<FieldDefinition>? Remove = null);

/// <summary>One received track event.</summary>
public sealed record ReceivedEvent(
    int Seq, long Call, DateTimeOffset ReceivedAt, string App, string Name, string VisitorId, string? AccountId, long Timestamp,
    System.Text.Json.JsonElement? Properties, System.Text.Json.JsonElement? Context, IReadOnlyList<string> Flags, bool Dropped);
