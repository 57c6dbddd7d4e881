using System.Text;
using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.State;
using PendoSync.Tests.EndToEnd;
using PendoSync.Tests.Worlds;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Faults;

/// <summary>Text made to break things, as key and as value: it arrives in Pendo unchanged, or its row is invalid with a rule.</summary>
public sealed class HostileTextTests
{
    private static readonly string[] _texts =
    [
        "plain", "'", "\"", "\\", "a'; drop table rows; --", "<script>alert(1)</script>", "<!-- -->&amp;", "../../etc/passwd",
            "a/b?c=d#e%2F", "{\"visitorId\":\"x\"}",
        "😀 emoji 👩‍👩‍👧", "\u202eright to left", "tab\tnew\r\nline", "\u0001\u001f control", "\u0000 nul", "é vs e\u0301", "\ufeffbom",
            "\uffff", " spaces ", "${secret:key}", "%s%n", "NULL", "null", "true", "1e309",
    ];

    [Fact]
    public async Task Hostile_text_arrives_unchanged_or_is_invalid_with_a_rule()
    {
        await using var world = await Installation.StartAsync("visitor:note:string");
        world.Execute("create table rows(id text, note text)");
        var random = new Random(3);
        var rows = _texts.Concat(Enumerable.Range(0, Full.Count(500)).Select(_ => Draw(random))).Where(t => t.Length > 0)
            .Distinct(StringComparer.Ordinal).ToList();
        for (var i = 0; i < rows.Count; i++)
        {
            Insert(world, $"value-{i}", rows[i]);
            // What an id may not begin and end with has tests of its own.
            Insert(world, $"<{rows[i]}>", "x");
        }

        Insert(world, "huge", new string('x', 1024 * 1024));
        Insert(world, new string('k', 1024 * 1024), "huge key");
        Insert(world, "", "empty key");
        world.Sync("hostile", """
            model: { table: rows }
            object: visitor
            behavior: update_or_create
            key: id
            fields: { note: note }
            limits: { max_invalid_percent: 100 }
            """);
        var run = await world.RunAsync("hostile");
        Assert.Null(run.Error);
        Assert.Equal(RunState.CompletedWithErrors, run.State);
        Assert.Equal(run.Counts.Read, run.Counts.Accepted + run.Counts.Invalid);
        Assert.Equal(["empty_key", "too_large", "too_large"], await RulesAsync(world, "hostile"));
        var held = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var record in world.Simulator.Control.RecordsAsync("visitor"))
            held[record.GetProperty("id").GetString()!] = record.GetProperty("custom").GetProperty("note").GetString()!;
        for (var i = 0; i < rows.Count; i++)
        {
            Assert.Equal(rows[i], held[$"value-{i}"]);
            Assert.Equal("x", held[$"<{rows[i]}>"]);
        }
    }

    [Fact]
    public async Task Hostile_text_of_events_arrives_unchanged_or_is_invalid_with_a_rule()
    {
        await using var world = await Installation.StartAsync();
        world.Execute("create table rows(id text, name text, who text, note text, at text)");
        var at = $"{DateTimeOffset.UtcNow.AddHours(-1):yyyy-MM-ddTHH:mm:ssZ}";
        void Event(string id, string name, string who, string note) =>
            world.Execute($"insert into rows values ({Sql(id)}, {Sql(name)}, {Sql(who)}, {Sql(note)}, '{at}')");
        string[] texts = [.. _texts.Select(t => $"<{t}>")];
        for (var i = 0; i < texts.Length; i++)
            Event($"{texts[i]}{i}", texts[i], texts[i], texts[i]);
        Event("huge name", new string('n', 1024 * 1024), "v", "x");
        Event("huge note", "n", "v", new string('x', 1024 * 1024));
        Event("long note", "n", "v", new string('x', 600));
        Event("nobody", "n", "", "x");
        Event("nameless", "", "v", "x");
        world.Sync("hostile", """
            model: { table: rows }
            object: track_event
            behavior: send
            app: web-app
            key: id
            event: { name: name, visitor_id: who, timestamp: at, properties: { note: note }, context: { title: note } }
            limits: { max_invalid_percent: 100 }
            """);

        var run = await world.RunAsync("hostile");

        Assert.Equal((null, RunState.CompletedWithErrors), (run.Error, run.State));
        Assert.Equal(_texts.Length, run.Counts.Accepted);
        Assert.Equal(["no_event_name", "no_visitor_id", "properties_too_large", "properties_too_large", "too_large"],
            await RulesAsync(world, "hostile"));
        var received = await world.Simulator.Control.EventsAsync().ToListAsync();
        Assert.Equal(texts.Order(StringComparer.Ordinal), received.Select(e => e.Name).Order(StringComparer.Ordinal));
        Assert.All(received, e => Assert.Equal((e.Name, e.Name, e.Name),
            (e.VisitorId, e.Properties!.Value.GetProperty("note").GetString(), e.Context!.Value.GetProperty("title").GetString())));
    }

    [Theory]
    [InlineData(PendoObject.Visitor)]
    [InlineData(PendoObject.TrackEvent)]
    public void Half_a_pair_is_invalid_as_key_and_as_value(PendoObject target)
    {
        var world = new World(new WorldSetup { Object = target });
        var at = new DateTime(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc);
        world.Rows.AddRange([new("good", "a", 1, at), new("\ud800", "a", 1, at), new("x\udc00y", "a", 1, at),
            new("value", "a\ud83d", 1, at)]);
        var rules = new List<string?>();
        world.Run(async () =>
        {
            await world.RunSyncAsync();
            await foreach (var refused in world.State.Rejections.ListAsync(World.Sync, null, CancellationToken.None))
                rules.Add(refused.Rule);
        });

        Assert.Equal(["not_unicode", "not_unicode", "not_unicode"], rules);
        Assert.Single(world.Pendo.Calls);
        Assert.Equal(1, target == PendoObject.Visitor ? world.Pendo.Log.Count : world.Pendo.Events.Count);
    }

    [Theory]
    [InlineData("x'; drop table rows; --")]
    [InlineData("a\"b")]
    [InlineData("a]b`c")]
    [InlineData("../../etc/passwd")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("😀")]
    [InlineData("\u202eleft")]
    [InlineData("%s %n")]
    public async Task Hostile_names_of_columns_are_names_and_nothing_else(string column)
    {
        await using var world = await Installation.StartAsync("visitor:note:string");
        var quoted = "\"" + column.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
        world.Execute($"create table rows({quoted} text, note text)");
        world.Execute("insert into rows values ('v1', 'safe')");
        var yaml = "\"" + string.Concat(column.Select(c => char.IsAsciiLetterOrDigit(c) ? $"{c}" : $"\\u{(int)c:x4}")) + "\"";
        // Surrogates are no YAML escapes; such names stand as they are.
        world.Sync("hostile",
            $"model: {{ table: rows }}\nobject: visitor\nbehavior: "
            + $"update_or_create\nkey: {(column.Any(char.IsSurrogate) ? column : yaml)}\nfields: {{ note: note }}\n");

        var run = await world.RunAsync("hostile");

        Assert.Equal((null, 1L), (run.Error, run.Counts.Accepted));
        Assert.Equal("v1", (await world.Simulator.Control.RecordsAsync("visitor").ToListAsync()).Single().GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("name: ../../etc/cron.d/x")]
    [InlineData("name: a/b")]
    [InlineData("name: 'a\\b'")]
    [InlineData("name: '<script>'")]
    [InlineData("name: \"a\\0\"")]
    public void A_name_that_is_a_path_or_worse_is_refused_with_its_place(string name)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["pendosync.yaml"] =
                "version: 1\npendo: { p: { region: us, integration_key: \"${secret:k}\" } }\nwarehouses: { w: { "
                + "type: sqlite, file: w.db } }\n",
            ["syncs/a.yaml"] =
                $"{name}\nwarehouse: w\nmodel: {{ table: t }}\npendo: p\nobject: visitor\nbehavior: "
                + $"update_or_create\nkey: id\nfields: {{ a: b }}\n",
        };

        var loaded = ProjectLoader.Load(files, new Dictionary<string, string?>(), WarehouseTypes.All);

        Assert.Null(loaded.Project);
        Assert.Contains(loaded.Problems, p => p is { File: "syncs/a.yaml", Line: 1 }
            && p.Message.Contains("small letters, digits and dashes", StringComparison.Ordinal));
    }

    private static async Task<List<string?>> RulesAsync(Installation world, string sync)
    {
        await using var store = new SqliteTableStore(world.StateFile, TimeProvider.System);
        var rules = new List<string?>();
        await foreach (var refused in new StateStore(store).Rejections.ListAsync(sync, null, CancellationToken.None))
            rules.Add(refused.Rule);
        return [.. rules.Order(StringComparer.Ordinal)];
    }

    private static void Insert(Installation world, string id, string note) =>
        world.Execute($"insert into rows values ({Sql(id)}, {Sql(note)})");

    // As bytes, so that no quoting of the test stands between the text and the table.
    private static string Sql(string text) => $"cast(x'{Convert.ToHexString(Encoding.UTF8.GetBytes(text))}' as text)";

    private static string Draw(Random random)
    {
        var text = new StringBuilder();
        for (var i = random.Next(1, 20); i > 0; i--)
        {
            var rune = random.Next(4) switch
            {
                0 => random.Next(0x20),
                1 => random.Next(0x20, 0x7f),
                2 => random.Next(0x80, 0xd7ff),
                _ =>
                random.Next(0x10000, 0x10ffff)
            };
            text.Append(new Rune(rune));
        }

        return text.ToString();
    }
}
