using PendoSync.Definitions;
using PendoSync.Sources;
using static PendoSync.Loading.ValueKind;

namespace PendoSync.Loading;

/// <summary>Every key of pendosync.yaml.</summary>
internal static class ProjectKeys
{
    public static readonly string[] AlertEvents =
    [
        "run_failed", "limit_hit", "no_success", "rejected_share", "invalid_share", "not_found_share", "empty_read", "drift",
        "health_changed", "recovered",
    ];

    private static readonly KeySpec[] PendoConnection =
    [
        new("region", Word, "Where the subscription lives.") { Values = [.. PendoRegion.All.Select(r => r.Name)] },
        new("api_url", Url, "Base of the API in place of a region, such as the local simulator; needs data_url."),
        new("data_url", Url, "Base of the track event host in place of a region; needs api_url."),
        new("allow_http", Flag, "true: the keys may travel over http to a host that is not this machine, readable by whoever is between.")
        { Default = "false" },
        new("integration_key", Secret, "Integration key with write access (Pendo: Settings > Integrations > Integration Keys).")
        { Required = true },
        new("track_event_secrets", Map, "Track event shared secret of each application, by a name of your choice.")
        {
            Form = NameForm.App, Item = new("secret", Secret, "The application's track event shared secret."),
        },
        new("max_calls_per_second", Number, "Shared by all syncs and all instances.") { Default = "20", Min = 0.01, Max = 1_000_000 },
        new("max_parallel_calls", Whole,
            "Calls with values and events that one process has open at once, at most; fewer while more would not get more done.")
        { Default = "10", Min = 1, Max = 100 },
        new("parent_account_id", Text, "What Pendo calls the id of a parent account in its API; `check` finds out where it can.")
        { Default = "parentAccountId", Form = NameForm.Field },
        new("subscription_id", Text, "The number in the address of Pendo's pages (/s/NUMBER/); makes links to records."),
    ];

    private static readonly KeySpec[] Alert =
    [
        new("name", Text, "Unique name.") { Required = true, Form = NameForm.Connection },
        new("url", Address, "Address of the receiver; usually ${secret:…}.") { Required = true },
        new("format", Word, "webhook: signed as Standard Webhooks; slack: an incoming webhook of Slack.")
        { Default = "webhook", Values = ["webhook", "slack"] },
        new("secret", Secret, "Signing secret of a Standard Webhooks receiver (whsec_…); without one, messages are not signed."),
        new("on", Words, "What to tell.") { Default = "run_failed limit_hit recovered", Values = AlertEvents },
        new("syncs", Texts, "Syncs it watches; none: all."),
        new("no_success_hours", Number, "For no_success: hours without a success.") { Default = "24", Min = 0.01, Max = 8760 },
        new("rejected_percent", Number, "For rejected_share: percent of delivered records.") { Default = "5", Min = 0, Max = 100 },
        new("invalid_percent", Number, "For invalid_share: percent of rows read.") { Default = "5", Min = 0, Max = 100 },
        new("not_found_percent", Number, "For not_found_share: percent of all keys the sync knows.")
        { Default = "90", Min = 0, Max = 100 },
    ];

    /// <summary>The file as one section.</summary>
    public static readonly KeySpec Root = new("pendosync.yaml", Group, "Connections of a pendosync project.")
    {
        Keys =
        [
            new("version", Whole, "Version of the format.") { Default = "1", Min = 1, Max = 1 },
            new("pendo", Map, "Pendo subscriptions, by a name of your choice.")
            {
                Required = true, Form = NameForm.Connection,
                Item = new("connection", Group, "One Pendo subscription.") { Keys = PendoConnection },
            },
            new("warehouses", Map, "Where rows are read, by a name of your choice.")
            {
                Required = true, Form = NameForm.Connection, Item = new("warehouse", Warehouse, "One warehouse."),
            },
            new("alerts", Groups, "Whom to tell that something needs people.") { Keys = Alert },
        ],
    };

    /// <summary>The keys of a warehouse of one type.</summary>
    public static IReadOnlyList<KeySpec> Of(WarehouseType type, IReadOnlyList<WarehouseType> all) =>
    [
        TypeKey(all),
        new("time_zone", Zone, "Zone of timestamps without zone.") { Default = "UTC" },
        .. type.Settings.Select(Of),
    ];

    /// <summary>The key that says which type a warehouse has.</summary>
    public static KeySpec TypeKey(IReadOnlyList<WarehouseType> all) =>
        new("type", Word, "The system.") { Required = true, Values = [.. all.Select(t => t.Name)] };

    private static KeySpec Of(SettingSpec setting)
    {
        var kind = setting.Kind switch
        {
            SettingKind.Number => Whole,
            SettingKind.Flag => Flag,
            SettingKind.Secret => Secret,
            _ => setting.Values is null ? Setting : Word,
        };
        return new KeySpec(setting.Name, kind, setting.Help)
        {
            Required = setting.Required,
            Default = setting.Default,
            Values = setting.Values ?? []
        };
    }
}
