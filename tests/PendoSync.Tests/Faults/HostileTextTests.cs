using System.Text;
using PendoSync.State;
using PendoSync.Tests.EndToEnd;

namespace PendoSync.Tests.Faults;

/// <summary>Text made to break things, as key and as value: it arrives in Pendo unchanged, or its row is invalid with a rule.</summary>
public sealed class HostileTextTests
{
    private static readonly string[] _texts =
    [
        "plain", "'", "\"", "\\", "a'; drop table rows; --", "<script>alert(1)</script>", "<!-- -->&amp;", "../../etc/passwd", "a/b?c=d#e%2F", "{\"visitorId\":\"x\"}",
        "😀 emoji 👩‍👩‍👧", "\u202eright to left", "tab\tnew\r\nline", "\u0001\u001f control", "\u0000 nul", "é vs e\u0301", "\ufeffbom", "\uffff", " spaces ", "${secret:key}", "%s%n", "NULL", "null", "true", "1e309",
    ];

    [Fact]
    public async Task Hostile_text_arrives_unchanged_or_is_invalid_with_a_rule()
    {
        await using var world = await Installation.StartAsync("visitor:note:string");
        world.Execute("create table rows(id text, note text)");
        var random = new Random(3);
        var rows = _texts.Concat(Enumerable.Range(0, Worlds.Full.Count(500)).Select(_ => Draw(random))).Where(t => t.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        for (var i = 0; i < rows.Count; i++)
        {
            Insert(world, $"value-{i}", rows[i]);
            Insert(world, rows[i], "x");
        }

        Insert(world, "huge", new string('x', 1024 * 1024));
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
        Assert.Equal(RunState.Completed, run.State);
        Assert.Equal(run.Counts.Read, run.Counts.Accepted + run.Counts.Invalid);
        // The record that is too large and the empty key.
        Assert.Equal(2, run.Counts.Invalid);
        var held = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var record in world.Simulator.Control.RecordsAsync("visitor"))
            held[record.GetProperty("id").GetString()!] = record.GetProperty("custom").GetProperty("note").GetString()!;
        for (var i = 0; i < rows.Count; i++)
        {
            Assert.Equal(rows[i], held[$"value-{i}"]);
            Assert.Equal("x", held[rows[i]]);
        }
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
            var rune = random.Next(4) switch { 0 => random.Next(0x20), 1 => random.Next(0x20, 0x7f), 2 => random.Next(0x80, 0xd7ff), _ => random.Next(0x10000, 0x10ffff) };
            text.Append(new Rune(rune));
        }

        return text.ToString();
    }
}
