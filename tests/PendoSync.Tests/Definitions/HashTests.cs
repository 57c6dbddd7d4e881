using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Sources;
using PendoSync.Tests.Loading;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Definitions;

public sealed class HashTests
{
    [Fact]
    public void Hash_is_pinned()
    {
        // A change of this value makes the next run of every installed sync a full one: only with a new meaning of a definition.
        Assert.Equal("e51d08ffa77b65f3", Projects.Sync(Projects.Visitors).Hash);
    }

    [Theory]
    [InlineData("name: visitor-health", "name: other")]
    [InlineData("schedule: \"0 */15 * * * *\"", "every: 1h")]
    [InlineData("create_fields: true", "paused: true")]
    [InlineData("create_fields: true", "batch_size: 7")]
    [InlineData("create_fields: true", "limits: { min_records: 3 }")]
    [InlineData("create_fields: true", "full_every: never")]
    [InlineData("create_fields: true", "when_null: skip")]
    [InlineData("create_fields: true", "group: custom")]
    [InlineData("create_fields: true", "time_zone: UTC")]
    [InlineData("plan: plan_name", "plan: { column: plan_name, shared: true }")]
    [InlineData("  plan: plan_name\n  seats: { column: seat_count, type: number }",
        "  seats: { type: number, column: seat_count }\n  plan: plan_name")]
    public void Hash_stays_when_what_is_read_and_sent_stays(string find, string replacement) =>
        Assert.Equal(Projects.Sync(Projects.Visitors).Hash,
            Projects.Sync(Projects.Visitors.Replace(find, replacement, StringComparison.Ordinal)).Hash);

    [Theory]
    [InlineData("analytics.visitor_health", "analytics.other")]
    [InlineData("table: analytics.visitor_health", "sql: analytics.visitor_health")]
    [InlineData("table: analytics.visitor_health", "table: analytics.visitor_health, cursor: u")]
    [InlineData("warehouse: analytics", "warehouse: numbers")]
    [InlineData("object: visitor", "object: account")]
    [InlineData("behavior: update_or_create", "behavior: update_only")]
    [InlineData("key: visitor_id", "key: id")]
    [InlineData("create_fields: true", "group: agent")]
    [InlineData("create_fields: true", "when_null: clear")]
    [InlineData("create_fields: true", "time_zone: Europe/Berlin")]
    [InlineData("plan: plan_name", "plan: other_name")]
    [InlineData("plan: plan_name", "tier: plan_name")]
    [InlineData("plan: plan_name", "plan: { constant: plan_name }")]
    [InlineData("plan: plan_name", "plan: { column: plan_name, type: string }")]
    [InlineData("plan: plan_name", "plan: { column: plan_name, when_null: clear }")]
    [InlineData("plan: plan_name", "plan: { column: plan_name, unit: s }")]
    [InlineData("plan: plan_name", "\"*\": true")]
    [InlineData("constant: warehouse", "constant: other")]
    public void Hash_changes_with_what_is_read_or_sent(string find, string replacement) =>
        Assert.NotEqual(Projects.Sync(Projects.Visitors).Hash,
            Projects.Sync(Projects.Visitors.Replace(find, replacement, StringComparison.Ordinal)).Hash);

    [Theory]
    [InlineData("constant: invoice_paid", "constant: invoice_settled")]
    [InlineData("visitor_id: user_id", "visitor_id: person_id")]
    [InlineData("timestamp: paid_at", "timestamp: { column: paid_at, unit: s }")]
    [InlineData("plan: plan_name", "plan: tier")]
    [InlineData("title: page_title", "title: page_name")]
    [InlineData("app: web-app", "app: web-app\ntoo_old: send")]
    public void Hash_changes_with_what_an_event_holds(string find, string replacement) =>
        Assert.NotEqual(Projects.Sync(Projects.Events).Hash,
            Projects.Sync(Projects.Events.Replace(find, replacement, StringComparison.Ordinal)).Hash);

    [Fact]
    public void Hash_changes_with_the_type_of_a_constant()
    {
        var text = Projects.Sync(Projects.Visitors.Replace("constant: warehouse", "constant: \"1\"", StringComparison.Ordinal));
        var number = Projects.Sync(Projects.Visitors.Replace("constant: warehouse", "constant: 1", StringComparison.Ordinal));

        Assert.NotEqual(text.Hash, number.Hash);
    }

    [Fact]
    public void Hash_changes_with_the_zone_of_the_warehouse()
    {
        var moved = Projects.Connections.Replace("host: db.example.com", "host: db.example.com, time_zone: Asia/Tokyo",
            StringComparison.Ordinal);

        Assert.NotEqual(
            Projects.Sync(Projects.Visitors).Hash,
            Projects.Load(moved, null, ("syncs/a.yaml", Projects.Visitors)).Project!.Syncs[0].Hash);
    }

    public static TheoryData<string> Types => [.. WarehouseTypes.All.Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Hash_changes_with_the_settings_of_a_warehouse_that_say_which_data_is_read(string name)
    {
        var type = WarehouseTypes.All.Single(t => t.Name == name);
        Assert.Contains(type.Settings, spec => spec.Source);
        Assert.All(type.Settings.Where(spec => spec.Kind == SettingKind.Secret), spec => Assert.False(spec.Source));
        var before = HashOf("");
        foreach (var spec in type.Settings.Where(spec => spec.Kind is SettingKind.Text or SettingKind.File && spec.Values is null))
            Assert.Equal(spec.Source, HashOf(spec.Name) != before);

        string HashOf(string changed)
        {
            var settings = type.Settings.Where(spec => spec.Kind is SettingKind.Text or SettingKind.File && spec.Values is null)
                .ToDictionary(spec => spec.Name, spec => new SecretText(spec.Name == changed ? "other" : "one"), StringComparer.Ordinal);
            var source = ConnectionsReader.SourceOf(type, settings);
            return DefinitionHash.Of(Projects.Sync(Projects.Visitors),
                new WarehouseConnection { Name = "w", Type = name, Settings = settings, Source = source });
        }
    }
}
