using PendoSync.Definitions;
using static PendoSync.Loading.ValueKind;

namespace PendoSync.Loading;

/// <summary>Every key of a sync's file.</summary>
internal static class SyncKeys
{
    private static readonly string[] Units = ["s", "ms"];
    private static readonly string[] NullRules = ["skip", "clear"];

    private static readonly KeySpec[] Source =
    [
        new("column", Column, "The column the value comes from."),
        new("constant", Constant, "A fixed value in place of a column."),
    ];

    private static readonly KeySpec[] Model =
    [
        new("table", Text, "Table, view, index, sheet or range; parts separated by dots."),
        new("sql", Sql, "A query that gives one row per record."),
        new("sql_file", Text, "A file with the query, relative to the project."),
        new("dbt", Text, "A dbt model, snapshot, seed or source (source.table), by name, package.name or unique_id."),
        new("manifest", Text, "dbt's manifest, or the folder of its dbt_project.yml, relative to the project.")
        { Default = "target/manifest.json" },
        new("cursor", Column, "A column that never goes back; only rows from its last value on are read."),
        new("lookback", ValueKind.Lookback,
            "How far below the last cursor value a read starts, for late rows; of plain numbers a count of values.")
        { Default = "1h" },
        new("unit", Word, "Unit of an integer cursor that means an instant.") { Values = Units },
        new("allow_empty", Flag, "true: the model may be empty; false: no rows after a read with rows makes the sync failing.")
        { Default = "false" },
    ];

    /// <summary>Names under <c>fields</c> that are flags of Pendo's own.</summary>
    public static readonly string[] Flags = ["pendo.donotprocess", "pendo.blacklistguides"];

    /// <summary>One entry of <c>fields</c>.</summary>
    public static readonly KeySpec Field = new("field", Group, "A column, or more about the field.")
    {
        ShortFor = "column",
        Keys =
        [
            .. Source,
            new("type", Word, "Type in Pendo; else taken from the schema in Pendo, else from the column.")
            { Values = ["string", "number", "boolean", "time", "list"] },
            new("when_null", Word, "What null does: skip leaves the value in Pendo, clear sends null.") { Values = NullRules },
            new("unit", Word, "Unit of an integer column of a time field.") { Values = Units },
            new("shared", Flag, "true: another sync may write the same field.") { Default = "false" },
        ],
    };

    /// <summary>The value of <c>"*"</c> in <c>fields</c>.</summary>
    public static readonly KeySpec AllColumns = new("*", Group, "Every column that is not mapped becomes the field of its name.")
    {
        Keys = [new("exclude", Texts, "Columns to leave out.")],
    };

    private static readonly KeySpec[] Event =
    [
        new("name", Group, "The event's name: a column, or { constant: name }.") { Required = true, ShortFor = "column", Keys = Source },
        new("visitor_id", Column, "Column of the visitor id.") { Required = true },
        new("account_id", Column, "Column of the account id."),
        new("timestamp", Group, "Column of the instant.")
        {
            Required = true, ShortFor = "column",
            Keys =
            [
                new("column", Column, "Column of the instant.") { Required = true },
                new("unit", Word, "Unit of an integer column.") { Values = Units },
            ],
        },
        new("properties", Map, "Event properties.")
        {
            Form = NameForm.Property, Item = new("property", Group, "A column, or { constant: value }.")
            { ShortFor = "column", Keys = Source },
        },
        new("context", Group, "What Pendo shows beside an event.")
        {
            Keys = [.. new[] { "ip", "userAgent", "url", "title" }.Select(name =>
                new KeySpec(name, Group, "A column, or { constant: value }.") { ShortFor = "column", Keys = Source })],
        },
    ];

    private static readonly KeySpec[] Limits =
    [
        new("max_invalid_percent", Number, "Stops a run: invalid rows in percent of rows read.") { Default = "20", Min = 0, Max = 100 },
        new("max_rejected_percent", Number, "Stops a run: rejected records in percent of delivered ones; not_found does not count.")
        { Default = "20", Min = 0, Max = 100 },
        new("max_not_found_percent", Number,
            "The sync is failing: not found ids in percent of all keys it knows, those that wait included.")
        { Default = "90", Min = 0, Max = 100 },
        new("degraded_percent", Number, "The sync is degraded: rejected and invalid in percent of all rows, from here on.")
        { Default = "1", Min = 0, Max = 100 },
        new("max_changed_percent", Number, "Stops a run before anything is sent: changed records in percent of the snapshot; 100 is off.")
        { Default = "100", Min = 0, Max = 100 },
        new("min_records", Whole, "Percentages are judged from this many records on.") { Default = "100", Min = 0, Max = int.MaxValue },
    ];

    private static readonly KeySpec Every = new("every", Duration, "Runs this long after the last start.") { Min = 1 };
    private static readonly KeySpec After = new("after", Texts,
        "Runs when every one of these syncs has succeeded since this one last started.");

    /// <summary>The file as one section.</summary>
    public static readonly KeySpec Root = new("sync", Group,
        "A sync: from a model in a warehouse to accounts, visitors, parent accounts or track events in Pendo.")
    {
        Keys =
        [
            new("name", Text, "Unique name.") { Required = true, Form = NameForm.Sync },
            new("warehouse", Text, "Name of a warehouse in pendosync.yaml.") { Required = true },
            new("model", Group, "What is read: exactly one of table, sql, sql_file and dbt.")
            { Required = true, ShortFor = "table", Keys = Model },
            new("pendo", Text, "Name of a Pendo connection in pendosync.yaml.") { Required = true },
            new("object", Word, "What is written to.")
            { Required = true, Values = ["account", "visitor", "track_event", "parent_account"] },
            new("behavior", Word, "What may be done in Pendo; send is for track_event.")
            { Required = true, Values = ["update_or_create", "update_only", "send"] },
            new("key", Column, "Column with the Account ID, the Visitor ID, the parent account's id, or the event's unique id.")
            { Required = true },
            new("group", Word, "Metadata group.") { Default = "custom", Values = ["custom", "agent"], For = KeyFor.Records },
            new("fields", Fields, "Pendo field: column. \"*\" stands for every other column. Or the flags pendo.donotprocess and "
                + "pendo.blacklistguides, alone.") { For = KeyFor.Records },
            new("exclude", Texts, "Columns \"*\" leaves out.") { For = KeyFor.Records },
            new("allow_reset", Flag, "Flags only. true: a false resets a flag that is true in Pendo; false: it is left alone.")
            { Default = "false", For = KeyFor.Records },
            new("create_fields", Flag, "true: missing fields are created in Pendo; false: they are an error before anything is sent.")
            { Default = "false", For = KeyFor.Records },
            new("when_null", Word, "Null rule of fields without their own.") { Default = "skip", Values = NullRules, For = KeyFor.Records },
            new("app", Text, "The application, as named under track_event_secrets.") { For = KeyFor.Events },
            new("event", Group, "How a row becomes an event.") { Keys = Event, For = KeyFor.Events },
            new("delivery", Word, "When an answer was lost: at_least_once sends again, at_most_once does not.")
            { Default = "at_least_once", Values = ["at_least_once", "at_most_once"], For = KeyFor.Events },
            new("too_old", Word, "Events older than Pendo accepts: invalid, or sent all the same.")
            { Default = "invalid", Values = ["invalid", "send"], For = KeyFor.Events },
            new("start", Word, "First run. Events: all sends what Pendo still accepts, now nothing that is there already, an instant "
                + "what happened from then on. Others: adopt compares with Pendo first and sends differences only.")
            { Default = "all", Values = ["all", "now", "adopt"], Form = NameForm.Instant },
            new("verify_every", DurationOrNever,
                "How often all records are compared with what Pendo holds; 7d is recommended. Default never.")
            { Min = 1, For = KeyFor.Records },
            new("on_drift", Word, "What Pendo accepted and holds otherwise at a comparison: only reported, or sent again.")
            { Default = "report", Values = ["report", "repair"], For = KeyFor.Records },
            new("remember", Duration, "How long a sent id is remembered.") { Default = "90d", Min = 1, For = KeyFor.Events },
            new("concurrency", Whole, "Calls at a time.") { Default = "16", Min = 1, Max = 256, For = KeyFor.Events },
            new("chunk", Whole, "Events per progress record.") { Default = "100", Min = 1, Max = 10_000, For = KeyFor.Events },
            new("max_properties_bytes", Whole, "Largest properties JSON of an event.")
            { Default = "512", Min = 2, Max = 1_000_000, For = KeyFor.Events },
            new("schedule", Group, "Cron line (six fields, second first; five: second 0), { every: 15m }, { after: [other-sync] } or none.")
            {
                ShortFor = "cron", Keys = [new("cron", Cron, "Six-field NCRONTAB, five fields, or none."), Every, After],
            },
            Every,
            After,
            new("time_zone", Zone, "Zone of timestamps without zone and of the schedule; else the warehouse's, and UTC for the schedule."),
            new("full_every", DurationOrNever,
                "How often the cursor is ignored, to find rows it passed over. Default 24h; track events at most 7d.") { Min = 1 },
            new("batch_size", Whole, "Records per batch.") { Default = "1000", Min = 1, Max = 10_000 },
            new("batch_bytes", Whole, "Payload bytes per batch.") { Default = "1000000", Min = 1_000, Max = 10_000_000 },
            new("limits", Group, "Guards that stop a run loudly, and what makes a sync failing or degraded.") { Keys = Limits },
            new("renamed_from", Text, "The sync's former name: it goes on with that one's state; none: it begins anew.")
            { Form = NameForm.Sync },
            new("paused", Flag, "true: the clock and HTTP do not start it.") { Default = "false" },
        ],
    };
}
