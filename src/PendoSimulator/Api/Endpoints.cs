namespace PendoSimulator.Api;

/// <summary>The names of the endpoints in faults, in the call log and in the counts.</summary>
internal static class Endpoints
{
    public const string TokenVerify = "token_verify";
    public const string SchemaRead = "schema_read";
    public const string SchemaCreate = "schema_create";
    public const string SchemaDelete = "schema_delete";
    public const string ValueBulk = "value_bulk";
    public const string ValueRead = "value_read";
    public const string ValueWrite = "value_write";
    public const string RecordRead = "record_read";
    public const string Aggregation = "aggregation";
    public const string SegmentList = "segment_list";
    public const string SegmentRead = "segment_read";
    public const string SegmentStatus = "segment_status";
    public const string SegmentUpload = "segment_upload";
    public const string SegmentReplace = "segment_replace";
    public const string SegmentPatch = "segment_patch";
    public const string SegmentAdd = "segment_add";
    public const string SegmentRemove = "segment_remove";
    public const string SegmentDelete = "segment_delete";
    public const string BulkDelete = "bulk_delete";
    public const string BulkDeleteList = "bulk_delete_list";
    public const string BulkDeleteRead = "bulk_delete_read";
    public const string Track = "track";
    public const string Unknown = "unknown";

    /// <summary>The calls that change a segment which is there.</summary>
    public static readonly string[] SegmentWrites = [SegmentReplace, SegmentPatch, SegmentAdd, SegmentRemove, SegmentDelete];

    public static readonly string[] All =
    [
        TokenVerify, SchemaRead, SchemaCreate, SchemaDelete, ValueBulk, ValueRead, ValueWrite, RecordRead, Aggregation,
        SegmentList, SegmentRead, SegmentStatus, SegmentUpload, .. SegmentWrites,
        BulkDelete, BulkDeleteList, BulkDeleteRead, Track, Unknown,
    ];
}
