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
    public const string Track = "track";
    public const string Unknown = "unknown";

    public static readonly string[] All =
        [TokenVerify, SchemaRead, SchemaCreate, SchemaDelete, ValueBulk, ValueRead, ValueWrite, RecordRead, Track, Unknown];
}
