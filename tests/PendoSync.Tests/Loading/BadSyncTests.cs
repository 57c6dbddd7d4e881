namespace PendoSync.Tests.Loading;

/// <summary>One mistake in a good file: exactly one problem, at its place, in words that help.</summary>
public sealed class BadSyncTests
{
    [Theory]
    // Keys
    [InlineData("warehouse: analytics", "warehose: analytics", 2, 1, "unknown key 'warehose'", "Did you mean 'warehouse'?")]
    [InlineData("create_fields: true", "colour: red", 12, 1, "unknown key 'colour'", "Known keys here: name, warehouse, model")]
    [InlineData("key: visitor_id", "limits: { max_percent: 3 }\nkey: visitor_id", 7, 11, "unknown key 'max_percent'",
        "Known keys here: max_invalid_percent")]
    [InlineData("create_fields: true", "create_fields: true\nkey: again", 13, 1, "the key 'key' is written twice", "line 7")]
    [InlineData("delivery", "delivery", 14, 1, "'delivery' is for track_event syncs; this one writes visitors", "Remove")]
    [InlineData("create_fields: true", "start: now", 12, 1, "'now' is no start of a sync that writes visitors", "Write adopt")]
    [InlineData("create_fields: true", "start: 2026-03-01T00:00:00Z", 12, 1, "is no start of a sync that writes visitors", "Write adopt")]
    [InlineData("create_fields: true", "start: soon", 12, 8, "'start' takes one of all, now, adopt, or an instant", null)]
    [InlineData("create_fields: true", "verify_every: 7", 12, 15, "'verify_every' takes never, or a number and", "Add the unit")]
    [InlineData("create_fields: true", "on_drift: mend", 12, 11, "'on_drift' takes one of report, repair", null)]
    // Names and references
    [InlineData("name: visitor-health", "name: Visitor Health", 1, 7, "found 'Visitor Health'", null)]
    [InlineData("name: visitor-health", "name: \"abc\\n\"", 1, 7, "'name' takes small letters", null)]
    [InlineData("warehouse: analytics", "warehouse: analitics", 2, 1, "there is no warehouse named 'analitics'",
        "Did you mean 'analytics'?")]
    [InlineData("warehouse: analytics", "warehouse: somewhere-else", 2, 1, "there is no warehouse named", "Known: analytics, numbers.")]
    [InlineData("pendo: production", "pendo: prodction", 4, 1, "there is no Pendo connection named 'prodction'",
        "Did you mean 'production'?")]
    [InlineData("create_fields: true", "after: [visitor-helth]", 12, 9, "there is no sync named 'visitor-helth'",
        "Did you mean 'visitor-health'?")]
    [InlineData("create_fields: true", "after: [visitor-health]", 12, 9, "wait for each other: visitor-health after visitor-health",
        "Remove one")]
    // Object and behaviour
    [InlineData("object: visitor", "object: vistor", 5, 9, "'object' takes one of account, visitor, track_event, parent_account; "
        + "found 'vistor'",
        "Did you mean 'visitor'?")]
    [InlineData("behavior: update_or_create", "behavior: upsert", 6, 11, "update_or_create, update_only, send; found 'upsert'", null)]
    [InlineData("behavior: update_or_create", "behavior: send", 6, 1, "object visitor does not have the behavior 'send'",
        "Write update_or_create or update_only.")]
    // Model
    [InlineData("{ table: analytics.visitor_health }", "{ table: a, sql: SELECT 1 }", 3, 20, "the model has both 'table' and 'sql'",
        "exactly one of table, sql, sql_file, dbt")]
    [InlineData("{ table: analytics.visitor_health }", "{ cursor: updated_at }", 3, 1,
        "the model does not say what to read", "exactly one")]
    [InlineData("{ table: analytics.visitor_health }", "{ table: a, lookback: 2h }", 3, 20, "'lookback' is for a cursor", "Add 'cursor:'")]
    [InlineData("{ table: analytics.visitor_health }", "{ table: a, cursor: c, unit: sec }", 3, 37,
        "'unit' takes one of s, ms; found 'sec'", null)]
    [InlineData("{ table: analytics.visitor_health }", "{ sql: \" ;; \" }", 3, 10, "the query is empty", "SELECT")]
    [InlineData("{ table: analytics.visitor_health }", "{ sql_file: missing.sql }", 3, 10, "there is no file 'missing.sql'", "relative")]
    [InlineData("{ table: analytics.visitor_health }", "[a]", 3, 8, "'model' takes text; or keys and values: table, sql", null)]
    [InlineData("{ table: analytics.visitor_health }", "{ table: a, manifest: m.json }", 3, 20, "'manifest' is for dbt models", null)]
    // Fields
    [InlineData("plan: plan_name", "plan-tier: plan_name", 9, 3, "'plan-tier' cannot be a field's name", "letters, digits and underscores")]
    [InlineData("plan: plan_name", "2nd: plan_name", 9, 3, "'2nd' cannot be a field's name", null)]
    [InlineData("plan: plan_name", "visitorid: plan_name", 9, 3, "'visitorid' is an id in Pendo", "under 'key'")]
    [InlineData("plan: plan_name", "plan: VISITOR_ID", 9, 3, "the key column 'VISITOR_ID' is mapped as the field 'plan'", "second name")]
    [InlineData("plan: plan_name", "Seats: plan_name", 10, 3, "two columns go to one field: 'seats' is 'Seats' on line 9", "Keep one")]
    [InlineData("plan: plan_name", "plan: 5", 9, 9, "'column' takes a column's name; found '5'", "{ constant: 5 }")]
    [InlineData("plan: plan_name", "plan:", 9, 8, "found nothing", null)]
    [InlineData("plan: plan_name", "plan: [a, b]", 9, 9, "found a list", null)]
    [InlineData("column: seat_count, type: number", "column: seat_count, type: nubmer", 10, 38,
        "string, number, boolean, time, list; found 'nubmer'", "Did you mean 'number'?")]
    [InlineData("column: seat_count, type: number", "column: seat_count, constant: 1", 10, 3, "'seats' has both a column and a constant",
        "exactly one")]
    [InlineData("column: seat_count, type: number", "type: number", 10, 3, "'seats' has neither a column nor a constant", null)]
    [InlineData("column: seat_count, type: number", "column: seat_count, type: number, unit: s", 10, 46, "'unit' is for time fields", null)]
    [InlineData("constant: warehouse", "constant: warehouse, type: number", 11, 16, "the constant does not fit the type 'number'", null)]
    [InlineData("constant: warehouse", "constant: 12345678901234567890123456789012", 11, 26, "found '12345678901234567890123456789012'",
        "more digits")]
    [InlineData("constant: warehouse", "constant: 1.234567890123456e-30", 11, 26, "found '1.234567890123456e-30'", "more digits")]
    [InlineData("constant: warehouse", "constant: 01234", 11, 26, "01234 is no number as written", "write '01234' in quotes")]
    [InlineData("constant: warehouse", "constant: 0x1F", 11, 26, "0x1F is a number of another base", "in quotes")]
    [InlineData("constant: warehouse", "constant: 12:30:45", 11, 26, "12:30:45 is a count of seconds", "in quotes")]
    [InlineData("constant: warehouse", "constant: 1e3", 11, 26, "found '1e3'", "YAML makes 1000 of it: write that, or '1e3' in quotes")]
    [InlineData("constant: warehouse", "constant: .5", 11, 26, "found '.5'", "write that, or '.5' in quotes")]
    [InlineData("constant: warehouse", "constant: True", 11, 26, "found 'True'", "YAML makes true of it")]
    [InlineData("constant: warehouse", "constant: yes", 11, 26, "yes is true or false to some readers", "in quotes")]
    [InlineData("constant: warehouse", "constant: 01/02/2024, type: time", 11, 16, "the constant does not fit the type 'time'",
        "2026-03-01T12:00:00Z")]
    [InlineData("constant: warehouse", "constant: 12, type: string", 11, 16, "the constant does not fit the type 'string'",
        "text in quotes")]
    [InlineData("constant: warehouse", "constant: warehouse, type: list", 11, 16, "the constant does not fit the type 'list'", "a list as")]
    [InlineData("constant: warehouse", "constant: .nan", 11, 26, "'constant' takes text, a number, true or false; found '.nan'",
        "For text write '.nan' in quotes")]
    [InlineData("constant: warehouse", "constant: null", 11, 26, "found nothing", "For text write 'null' in quotes")]
    [InlineData("constant: warehouse", "constant: \"${secret:x}\"", 11, 26, "a constant cannot hold a secret", null)]
    [InlineData("create_fields: true", "exclude: [a]", 12, 1, "there is no \"*\" in 'fields'", "Add")]
    [InlineData("loaded_by: { constant: warehouse }", "\"*\": 5", 11, 8, "\"*\" takes true or { exclude:", null)]
    // Values
    [InlineData("create_fields: true", "create_fields: yes", 12, 16, "'create_fields' takes true or false; found 'yes'", null)]
    [InlineData("create_fields: true", "batch_size: 0100", 12, 13, "0100 is no number as written", "decimal digits")]
    [InlineData("create_fields: true", "batch_size: 0", 12, 13, "'batch_size' takes a whole number from 1 to 10000; found '0'", null)]
    [InlineData("create_fields: true", "batch_size: 1.5", 12, 13, "a whole number from 1 to 10000; found '1.5'", null)]
    [InlineData("create_fields: true", "limits: { max_invalid_percent: 101 }", 12, 32, "a number from 0 to 100; found '101'", null)]
    [InlineData("create_fields: true", "limits: 5", 12, 9, "'limits' takes keys and values: max_invalid_percent", null)]
    [InlineData("create_fields: true", "full_every: 24", 12, 13, "'full_every' takes never, or a number and s, m, h, d or w",
        "Add the unit")]
    [InlineData("create_fields: true", "time_zone: Europe/Berln", 12, 12, "an IANA time zone such as Europe/Berlin; found 'Europe/Berln'",
        "Did you mean 'Europe/Berlin'?")]
    [InlineData("create_fields: true", "group: agents", 12, 8, "one of custom, agent; found 'agents'", "Did you mean 'agent'?")]
    [InlineData("create_fields: true", "when_null: ignore", 12, 12, "one of skip, clear; found 'ignore'", null)]
    // Schedule
    [InlineData("0 */15 * * * *", "0 */15 * *", 13, 11, "'0 */15 * *' is not a cron line: it has 4 fields", "every: 15m")]
    [InlineData("0 */15 * * * *", "0 99 * * * *", 13, 11, "is not a cron line", null)]
    [InlineData("0 */15 * * * *", "0 0 0 30 2 *", 13, 11, "that date never comes", null)]
    [InlineData("create_fields: true", "every: 15m", 12, 1, "the sync has two schedules", "Keep")]
    [InlineData("create_fields: true", "every: 0s\ncreate_fields: true", 12, 8,
        "'every' takes a number and s, m, h, d or w, such as 30s, 15m, 24h or 90d, at least 1s; found '0s'", null)]
    [InlineData("create_fields: true", "verify_every: 0d\ncreate_fields: true", 12, 15,
        "'verify_every' takes never, or a number and s, m, h, d or w, such as 30s, 15m, 24h or 90d, at least 1s; found '0d'", null)]
    // Secrets and variables
    [InlineData("key: visitor_id", "key: \"${env:KEY_COLUMN}\"", 7, 6, "the environment variable 'KEY_COLUMN' is not set", ".env")]
    [InlineData("key: visitor_id", "key: \"${env:1}\"", 7, 6, "not a reference to an environment variable", "${env:NAME}")]
    [InlineData("key: visitor_id", "key: \"${secret:column}\"", 7, 6, "'key' cannot hold a secret", null)]
    public void Is_reported_once_at_its_place(string find, string replacement, int line, int column, string message, string? fix)
    {
        var text = find == "delivery" ? Projects.Visitors + "\ndelivery: at_most_once" : Projects.Visitors;
        var result = Projects.LoadSync(text.Replace(find, replacement, StringComparison.Ordinal));

        Assert.Null(result.Project);
        var problem = Assert.Single(result.Problems);
        Assert.Equal(("syncs/a.yaml", line, column), (problem.File, problem.Line, problem.Column));
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        if (fix is not null)
            Assert.Contains(fix, problem.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("time_zone: Europe/Berlin", 1)]
    [InlineData("time_zone: America/New_York", 0)]
    public void A_constant_time_is_one_of_the_sync_s_zone(string zone, int problems)
    {
        // Daylight saving skips it in Berlin.
        var text = Projects.Visitors.Replace("constant: warehouse", "constant: 2026-03-29T02:30:00, type: time", StringComparison.Ordinal);

        Assert.Equal(problems, Projects.LoadSync(text + "\n" + zone).Problems.Count);
    }

    [Theory]
    [InlineData("app: web-app", "app: webapp", 7, 1, "no application named 'webapp'", "Did you mean 'web-app'?")]
    [InlineData("behavior: send", "behavior: update_only", 6, 1, "object track_event does not have the behavior", "Write send.")]
    [InlineData("key: invoice_id", "key: invoice_id\nfields: { a: b }", 9, 1, "'fields' is for account and visitor syncs", null)]
    [InlineData("key: invoice_id", "key: invoice_id\nfull_every: 8d", 9, 1, "after 7 days are too old for Pendo", "at most 7d")]
    [InlineData("cursor: paid_at", "cursor: paid_at, lookback: 0s", 3, 57, "without a lookback events are lost", "such as 1000")]
    [InlineData("cursor: paid_at", "cursor: paid_at, lookback: 0", 3, 57, "without a lookback events are lost", "such as 1000")]
    [InlineData("cursor: paid_at", "cursor: paid_at, lookback: -1", 3, 67, "for a cursor of plain numbers a count of values", null)]
    [InlineData("  timestamp: paid_at\n", "", 9, 1, "the key 'timestamp' is missing", null)]
    [InlineData("timestamp: paid_at", "timestamp: { unit: s }", 13, 3, "the key 'column' is missing", null)]
    [InlineData("{ constant: invoice_paid }", "{ constant: 5 }", 10, 11, "an event's name is text", "quotes")]
    [InlineData("amount: amount_usd", "__amount__: amount_usd", 14, 17, "'__amount__' cannot be a name here", "at most 32")]
    [InlineData("userAgent: user_agent", "useragent: user_agent", 15, 56, "unknown key 'useragent'", "Did you mean 'userAgent'?")]
    [InlineData("key: invoice_id", "key: invoice_id\ndelivery: exactly_once", 9, 11,
        "one of at_least_once, at_most_once; found 'exactly_once'", null)]
    [InlineData("key: invoice_id", "key: invoice_id\nremember: forever", 9, 11, "'remember' takes a number and s, m, h, d or w", null)]
    public void Event_sync_is_reported_once_at_its_place(string find, string replacement, int line, int column, string message, string? fix)
    {
        var problem = Assert.Single(Projects.LoadSync(Projects.Events.Replace(find, replacement, StringComparison.Ordinal)).Problems);

        Assert.Equal((line, column), (problem.Line, problem.Column));
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        if (fix is not null)
            Assert.Contains(fix, problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_keys_are_all_named()
    {
        var problems = Projects.LoadSync("object: account").Problems;

        foreach (var key in new[] { "name", "warehouse", "model", "pendo", "behavior", "key", "fields" })
            Assert.Contains(problems, p => p.Message == $"the key '{key}' is missing");
        Assert.Equal(7, problems.Count);
    }

    [Fact]
    public void Model_of_a_system_without_SQL_is_a_table()
    {
        var sheet = Projects.Visitors.Replace("warehouse: analytics", "warehouse: numbers", StringComparison.Ordinal);

        Assert.Empty(Projects.LoadSync(sheet).Problems);
        var problem =
            Assert.Single(
            Projects.LoadSync(sheet.Replace("table: analytics.visitor_health", "sql: SELECT 1", StringComparison.Ordinal)).Problems);
        Assert.Contains("Test sheet has no SQL", problem.Message, StringComparison.Ordinal);
    }
}
