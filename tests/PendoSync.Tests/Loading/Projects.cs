using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Sources;

namespace PendoSync.Tests.Loading;

/// <summary>Projects in memory, with two warehouse types of the tests' own so that no real type's settings matter here.</summary>
internal static class Projects
{
    public static readonly IReadOnlyList<WarehouseType> Types =
    [
        new WarehouseType
        {
            Name = "database",
            Title = "Test database",
            Settings =
            [
                new SettingSpec("host", SettingKind.Text, "Host.", Required: true),
                new SettingSpec("port", SettingKind.Number, "Port.", Default: "5432"),
                new SettingSpec("password", SettingKind.Secret, "Password."),
                new SettingSpec("encrypt", SettingKind.Flag, "Encrypt.", Default: "true"),
                new SettingSpec("auth", SettingKind.Text, "How to log in.", Default: "password", Values: ["password", "entra"]),
                new SettingSpec("ca_file", SettingKind.File, "Certificate."),
            ],
            Rules = s => s.ContainsKey("password") || (s.TryGetValue("auth", out var auth) && auth.Template == "entra")
                ? [] : ["auth password needs 'password'"],
            Create = _ => throw new NotSupportedException(),
        },
        new WarehouseType { Name = "sheet", Title = "Test sheet", HasSql = false,
            Settings = [new SettingSpec("file", SettingKind.File, "File.", Required: true)], Create = _ =>
            throw new NotSupportedException() },
    ];

    public const string Connections = """
        version: 1
        pendo:
          production:
            region: us
            integration_key: ${secret:pendo-integration-key}
            track_event_secrets: { web-app: "${secret:pendo-track-web-app}" }
        warehouses:
          analytics: { type: database, host: db.example.com, password: "${secret:warehouse-password}" }
          numbers: { type: sheet, file: numbers.csv }
        """;

    public const string Visitors = """
        name: visitor-health
        warehouse: analytics
        model: { table: analytics.visitor_health }
        pendo: production
        object: visitor
        behavior: update_or_create
        key: visitor_id
        fields:
          plan: plan_name
          seats: { column: seat_count, type: number }
          loaded_by: { constant: warehouse }
        create_fields: true
        schedule: "0 */15 * * * *"
        """;

    public const string Events = """
        name: invoices-paid
        warehouse: analytics
        model: { table: billing.invoices_paid, cursor: paid_at }
        pendo: production
        object: track_event
        behavior: send
        app: web-app
        key: invoice_id
        event:
          name: { constant: invoice_paid }
          visitor_id: user_id
          account_id: account_id
          timestamp: paid_at
          properties: { amount: amount_usd, plan: plan_name }
          context: { url: page_url, title: page_title, ip: ip, userAgent: user_agent }
        """;

    public static readonly IReadOnlyDictionary<string, string?> NoVariables = new Dictionary<string, string?>(StringComparer.Ordinal);

    public static LoadResult Load(string? connections = null, IReadOnlyDictionary<string, string?>? environment = null,
        params (string Name, string Text)[] files)
    {
        var all = files.ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal);
        all.TryAdd("pendosync.yaml", connections ?? Connections);
        return ProjectLoader.Load(all, environment ?? NoVariables, Types);
    }

    public static LoadResult LoadSync(string sync) => Load(null, null, ("syncs/a.yaml", sync));

    public static SyncDefinition Sync(string sync)
    {
        var result = LoadSync(sync);
        Assert.Empty(result.Problems);
        return Assert.Single(result.Project!.Syncs);
    }
}
