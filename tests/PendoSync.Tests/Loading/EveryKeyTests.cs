using PendoSync.Definitions;

namespace PendoSync.Tests.Loading;

public sealed class EveryKeyTests
{
    public const string Connections = """
        version: 1
        pendo:
          main:
            region: jpn
            integration_key: ${secret:key}
            track_event_secrets: { web-app: "${secret:web}", mobile: "${secret:mobile}" }
            max_calls_per_second: 7.5
            subscription_id: 123456
          local: { api_url: "http://127.0.0.1:5080", data_url: "http://127.0.0.1:5081/", integration_key: "${secret:key}" }
        warehouses:
          analytics:
            type: database
            host: db-${secret:region}.example.com
            port: 6432
            password: ${secret:pw}
            encrypt: false
            auth: password
            ca_file: certs/ca.pem
            time_zone: Europe/Berlin
        alerts:
          - name: team
            url: ${secret:hook}
            format: webhook
            secret: ${secret:signing}
            on: [run_failed, no_success, rejected_share, invalid_share, limit_hit, recovered]
            syncs: [records]
            no_success_hours: 6
            rejected_percent: 2.5
            invalid_percent: 3
          - { name: open, url: "https://alerts.example.com/pendo", format: webhook }
        """;

    public const string Records = """
        name: records
        warehouse: analytics
        model: { sql: "SELECT 1 AS id;;", cursor: updated_at, lookback: 2h, unit: ms }
        pendo: main
        object: account
        behavior: update_only
        key: id
        group: agent
        fields:
          "*": { exclude: [internal_note] }
          plan: { column: plan_name, type: string, when_null: skip, shared: true }
          renewed: { column: renewed_at, type: time, unit: s }
          tags: { column: tags, type: list }
          active: { constant: true, type: boolean }
          seats: { constant: 12 }
          price: { constant: 12.50 }
          code: { constant: "0012" }
        exclude: [Secret_Column]
        create_fields: false
        when_null: clear
        schedule: { cron: "30 6 * * 1-5", after: [events] }
        time_zone: America/New_York
        full_every: never
        batch_size: 500
        batch_bytes: 2000000
        limits: { max_invalid_percent: 1.5, max_rejected_percent: 2, max_changed_percent: 30, min_records: 5 }
        paused: true
        """;

    public const string Events = """
        name: events
        warehouse: analytics
        model: { table: paid, cursor: at }
        pendo: main
        object: track_event
        behavior: send
        app: mobile
        key: id
        event:
          name: event_name
          visitor_id: user_id
          account_id: account_id
          timestamp: { column: at, unit: ms }
          properties: { amount: amount, source: { constant: warehouse } }
          context: { ip: ip, userAgent: agent, url: url, title: { constant: Billing } }
        delivery: at_most_once
        too_old: send
        start: now
        remember: 30d
        concurrency: 8
        chunk: 50
        max_properties_bytes: 1024
        every: 90s
        after: []
        full_every: never
        """;

    [Fact]
    public void Connections_have_every_key()
    {
        var project = Load();

        var main = project.Pendo["main"];
        Assert.Equal(("jpn", new Uri("https://app.jpn.pendo.io"), 7.5, "123456"),
            (main.Region, main.ApiUrl, main.MaxCallsPerSecond, main.SubscriptionId));
        Assert.Equal(["mobile", "web-app"], main.TrackEventSecrets.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("custom", "http://127.0.0.1:5081/"), (project.Pendo["local"].Region, project.Pendo["local"].DataUrl.ToString()));
        var warehouse = project.Warehouses["analytics"];
        Assert.Equal("Europe/Berlin", warehouse.TimeZone.Id);
        Assert.Equal(
            [("auth", "password"), ("ca_file", "certs/ca.pem"), ("encrypt", "false"), ("host", "db-${secret:region}.example.com"),
                ("password", "${secret:pw}"), ("port", "6432")],
            warehouse.Settings.Select(s => (s.Key, s.Value.Template)).Order());
        Assert.Equal(2, project.Alerts.Count);
        var alert = project.Alerts[0];
        Assert.Equal(("team", "${secret:hook}", "webhook", "${secret:signing}", 6, 2.5, 3),
            (alert.Name, alert.Url.Template, alert.Format, alert.Secret!.Template, alert.NoSuccessHours, alert.RejectedPercent,
            alert.InvalidPercent));
        Assert.Equal((6, "records"), (alert.On.Count, Assert.Single(alert.Syncs)));
        Assert.Equal(new AlertDefinition { Name = "", Url = new SecretText("") }.On, project.Alerts[1].On);
    }

    [Fact]
    public void Record_sync_has_every_key()
    {
        var sync = Load().Sync("records");

        Assert.Equal(new Model
        {
            Sql = "SELECT 1 AS id",
            Cursor = "updated_at",
            CursorUnit = InstantUnit.Milliseconds,
            Lookback = new Lookback(TimeSpan.FromHours(2))
        }, sync.Model);
        Assert.Equal((PendoObject.Account, Behavior.UpdateOnly, "id", "agent"), (sync.Object, sync.Behavior, sync.Key, sync.Group));
        Assert.True(sync.AllColumns);
        Assert.Equal(["internal_note", "Secret_Column"], sync.Exclude);
        Assert.Equal(
            [
                new FieldMapping("plan") { Column = "plan_name", Type = FieldType.String, WhenNull = NullRule.Skip,
                    Shared = true, Line = 11 },
                new FieldMapping("renewed") { Column = "renewed_at", Type = FieldType.Time, Unit = InstantUnit.Seconds, Line = 12 },
                new FieldMapping("tags") { Column = "tags", Type = FieldType.List, Line = 13 },
                new FieldMapping("active") { Constant = true, Type = FieldType.Boolean, Line = 14 },
                new FieldMapping("seats") { Constant = 12L, Line = 15 },
                new FieldMapping("price") { Constant = 12.50m, Line = 16 },
                new FieldMapping("code") { Constant = "0012", Line = 17 },
            ],
            sync.Fields);
        Assert.Equal((false, NullRule.Clear, "America/New_York"), (sync.CreateFields, sync.WhenNull, sync.TimeZone!.Id));
        Assert.Equal(("0 30 6 * * 1-5", "events"), (sync.Schedule!.Cron, Assert.Single(sync.After)));
        Assert.Equal((null, 500, 2_000_000, true), (sync.FullEvery, sync.BatchSize, sync.BatchBytes, sync.Paused));
        Assert.Equal(new Limits { MaxInvalidPercent = 1.5, MaxRejectedPercent = 2, MaxChangedPercent = 30, MinRecords = 5 }, sync.Limits);
    }

    [Fact]
    public void Event_sync_has_every_key()
    {
        var sync = Load().Sync("events");
        var parts = sync.Event!;

        Assert.Equal(("mobile", "event_name", "user_id", "account_id", "at", InstantUnit.Milliseconds),
            (parts.App, parts.Name.Column, parts.VisitorId, parts.AccountId, parts.Timestamp, parts.TimestampUnit));
        Assert.Equal(new ValueSource { Constant = "warehouse" }, parts.Properties["source"]);
        Assert.Equal(["ip", "title", "url", "userAgent"], parts.Context.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((DeliveryPolicy.AtMostOnce, true, true, TimeSpan.FromDays(30), 8, 50, 1024),
            (parts.Delivery, parts.SendTooOld, parts.StartNow, parts.Remember, parts.Concurrency, parts.Chunk, parts.MaxPropertiesBytes));
        Assert.Equal(TimeSpan.FromSeconds(90), sync.Schedule!.Every);
    }

    [Fact]
    public void Missing_keys_have_the_defaults_of_the_records()
    {
        var records =
            Projects.Sync(Projects.Visitors.Replace("create_fields: true\nschedule: \"0 */15 * * * *\"", "", StringComparison.Ordinal));
        var events = Projects.Sync(Projects.Events);

        var plain = new SyncDefinition
        {
            Name = records.Name,
            File = records.File,
            Warehouse = records.Warehouse,
            Model = new Model { Table = records.Model.Table },
            Pendo = records.Pendo,
            Object = records.Object,
            Behavior = records.Behavior,
            Key = records.Key,
            Fields = records.Fields,
            Hash = records.Hash,
            Exclude = records.Exclude,
            After = records.After,
        };
        Assert.Equal(plain, records);
        var parts = events.Event!;
        Assert.Equal(new EventDefinition
        {
            App = parts.App,
            Name = parts.Name,
            VisitorId = parts.VisitorId,
            AccountId = parts.AccountId,
            Timestamp = parts.Timestamp,
            Properties = parts.Properties,
            Context = parts.Context
        }, parts);
    }

    [Theory]
    [InlineData("fields: \"*\"")]
    [InlineData("fields: { \"*\": true }")]
    [InlineData("fields: { \"*\": \"*\" }")]
    [InlineData("fields:\n  \"*\":")]
    [InlineData("fields: { \"*\": { exclude: [note, Note] } }")]
    [InlineData("fields: { \"*\": true, exclude: [note] }")]
    [InlineData("fields: \"*\"\nexclude: note")]
    public void Star_is_every_other_column(string fields)
    {
        var text = Projects.Visitors[..Projects.Visitors.IndexOf("fields:", StringComparison.Ordinal)] + fields;
        var sync = Projects.Sync(text);

        Assert.True(sync.AllColumns);
        Assert.Empty(sync.Fields);
        Assert.Equal(fields.Contains("note", StringComparison.Ordinal) ? ["note"] : [], sync.Exclude);
    }

    [Theory]
    [InlineData("schedule: { every: 15m }", null, 15)]
    [InlineData("every: 15m", null, 15)]
    [InlineData("schedule: \"*/5 * * * *\"", "0 */5 * * * *", 0)]
    [InlineData("schedule: none", null, 0)]
    public void Schedule_has_several_forms(string written, string? cron, int minutes)
    {
        var sync = Projects.Sync(Projects.Visitors.Replace("schedule: \"0 */15 * * * *\"", written, StringComparison.Ordinal));

        Assert.Equal(cron, sync.Schedule?.Cron);
        Assert.Equal(minutes == 0 ? null : TimeSpan.FromMinutes(minutes), sync.Schedule?.Every);
        Assert.Equal(written.Contains("none", StringComparison.Ordinal), sync.Schedule is null);
    }

    private static Project Load()
    {
        var result = Projects.Load(Connections, null, ("syncs/r.yaml", Records), ("syncs/e.yaml", Events));
        Assert.Empty(result.Problems);
        return result.Project!;
    }
}
