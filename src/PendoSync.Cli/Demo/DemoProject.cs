using PendoSync.Loading;

namespace PendoSync.Cli.Demo;

/// <summary>The definitions of the demo: four syncs over one embedded warehouse.</summary>
internal static class DemoProject
{
    /// <summary>The syncs in the order they are run: scores are only set on visitors that Pendo knows by then.</summary>
    public static readonly IReadOnlyList<string> Syncs = ["account-health", "visitor-profile", "visitor-scores", EventSync];

    /// <summary>The sync of track events.</summary>
    public const string EventSync = "feature-events";

    /// <summary>The integration key, as the simulator knows it by default.</summary>
    public const string Key = "demo-key";

    /// <summary>The track event secret, as the simulator knows it by default.</summary>
    public const string TrackSecret = "demo-secret";

    /// <summary>Writes pendosync.yaml, .env and the syncs.</summary>
    public static void Write(string folder, Uri pendo)
    {
        Directory.CreateDirectory(Path.Combine(folder, "syncs"));
        WriteConnections(folder, pendo);
        // Names of their own, so that no variable of a real project is taken for the demo's.
        OwnFiles.Write(Path.Combine(folder, ".env"), $"DEMO_INTEGRATION_KEY={Key}\nDEMO_TRACK_SECRET={TrackSecret}\n");
        foreach (var (name, text) in new[] { ("account-health", AccountHealth), ("visitor-profile", VisitorProfile),
            ("visitor-scores", VisitorScores), (EventSync, FeatureEvents) })
            File.WriteAllText(Path.Combine(folder, "syncs", name + ".yaml"), text);
        DefinitionSchema.WriteTo(folder);
    }

    /// <summary>Writes pendosync.yaml.</summary>
    public static void WriteConnections(string folder, Uri pendo)
    {
        var address = pendo.GetLeftPart(UriPartial.Authority);
        File.WriteAllText(Path.Combine(folder, "pendosync.yaml"), $$"""
            # yaml-language-server: $schema=schema/pendosync.schema.json
            # The demo's connections: an embedded warehouse, and the local Pendo of `pendosync simulate`.
            version: 1
            pendo:
              demo:
                api_url: {{address}}
                data_url: {{address}}
                integration_key: ${secret:demo-integration-key}
                track_event_secrets: { web-app: "${secret:demo-track-secret}" }
                max_calls_per_second: 2000        # a real Pendo: 20
            warehouses:
              demo: { type: sqlite, file: warehouse.db }

            """);
    }

    private const string AccountHealth = """
        # yaml-language-server: $schema=../schema/sync.schema.json
        # Accounts, made in Pendo where it does not know them yet.
        name: account-health
        warehouse: demo
        model: { table: accounts }
        pendo: demo
        object: account
        behavior: update_or_create
        key: account_id
        fields:
          name: name
          plan: plan
          seats: { column: seats, type: number }
          monthly_revenue: { column: monthly_revenue, type: number }
          renewal_date: { column: renewal_date, type: time }
          loaded_by: { constant: warehouse }
        create_fields: true
        every: 15m

        """;

    private const string VisitorProfile = """
        # yaml-language-server: $schema=../schema/sync.schema.json
        # Visitors, with a few rows that cannot be sent: see `pendosync problems visitor-profile`.
        name: visitor-profile
        warehouse: demo
        model: { table: visitors }
        pendo: demo
        object: visitor
        behavior: update_or_create
        key: visitor_id
        fields:
          role: role
          account: account_id
          logins: { column: logins, type: number }
          is_admin: { column: is_admin, type: boolean }
          last_login: { column: last_login_at, type: time }
          bio: bio
        create_fields: true
        every: 15m

        """;

    private const string VisitorScores = """
        # yaml-language-server: $schema=../schema/sync.schema.json
        # Scores, only for visitors that Pendo knows: the others are not_found and tried again later.
        name: visitor-scores
        warehouse: demo
        model: { sql: "select visitor_id, nps, churn_risk from scores" }
        pendo: demo
        object: visitor
        behavior: update_only
        key: visitor_id
        fields:
          nps: { column: nps, type: number }
          churn_risk: { column: churn_risk, type: number }
        create_fields: true
        after: [visitor-profile]

        """;

    private const string FeatureEvents = """
        # yaml-language-server: $schema=../schema/sync.schema.json
        # Track events: each id is sent once. Pendo takes nothing older than 7 days.
        name: feature-events
        warehouse: demo
        model: { table: feature_events, cursor: occurred_at }
        pendo: demo
        object: track_event
        behavior: send
        app: web-app
        key: event_id
        event:
          name: event_name
          visitor_id: visitor_id
          account_id: account_id
          timestamp: occurred_at
          properties: { amount: amount, plan: plan }
        every: 5m

        """;
}
