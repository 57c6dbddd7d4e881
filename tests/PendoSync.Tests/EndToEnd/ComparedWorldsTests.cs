using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.EndToEnd;

/// <summary>Drawn warehouses and drawn contents of Pendo: what a comparison counts is what a plain look at both says.</summary>
public sealed class ComparedWorldsTests
{
    [Fact]
    public async Task Comparison_counts_what_a_plain_look_at_both_sides_counts_and_a_run_mends_it()
    {
        for (var seed = 1; seed <= Full.Count(100); seed++)
        {
            await using var world = await ComparedVisitors.StartAsync(1);
            world.Execute("delete from visitors");
            var (rows, held) = await DrawAsync(world, new Random(seed));
            var both = rows.Keys.Intersect(held.Keys).ToList();
            var different = both.Where(id => Differing(rows[id], held[id]).Any()).ToList();
            var found = await world.CompareAsync(ComparedVisitors.Sync);
            var equal = both.Count - different.Count;
            Assert.Equal((seed, both.Count, equal, different.Count, rows.Count - both.Count, held.Count - both.Count, 0), (seed,
                found.InBoth, found.Equal, found.Different, found.OnlyWarehouse, found.OnlyPendo, found.Unsettled));
            Assert.Equal(different.SelectMany(id => Differing(rows[id], held[id])).Order(StringComparer.Ordinal),
                found.ByField.OrderBy(f => f.Key, StringComparer.Ordinal).SelectMany(f => Enumerable.Repeat(f.Key, (int)f.Value)));
            Assert.Equal((different.Count + rows.Count - both.Count, 0), (found.NextRunMends, found.NextRunLeaves));
            Assert.Equal(equal, (await world.AdoptAsync(ComparedVisitors.Sync)).Equal);
            Assert.Equal(different.Count + rows.Count - both.Count, (await world.RunAsync(ComparedVisitors.Sync)).Counts.Accepted);
            Assert.Equal(rows.Count, (await world.CompareAsync(ComparedVisitors.Sync)).Equal);
        }
    }

    // A null in the warehouse is not sent, so nothing in Pendo differs from it.
    private static IEnumerable<string> Differing(Record row, Record held)
    {
        if (row.Plan is not null && row.Plan != held.Plan)
            yield return "plan";
        if (row.Score is not null && row.Score != held.Score)
            yield return "score";
        if (row.Renewal is not null && row.Renewal != held.Renewal)
            yield return "renewal";
    }

    private static async Task<(Dictionary<string, Record> Rows, Dictionary<string, Record> Held)> DrawAsync(Installation world,
        Random random)
    {
        var (rows, held) = (new Dictionary<string, Record>(StringComparer.Ordinal), new Dictionary<string, Record>(StringComparer.Ordinal));
        for (var i = 0; i < 60; i++)
        {
            var record = Draw();
            if (random.Next(5) > 0)
                rows[$"v-{i}"] = record;
            if (random.Next(5) > 0)
                held[$"v-{i}"] = random.Next(2) > 0 ? record : Draw();
        }

        foreach (var (id, row) in rows)
            world.Execute($"insert into visitors(id, plan, score, renewal) values ('{id}', {Sql(row.Plan)}, "
                + $"{row.Score?.ToString(CultureInfo.InvariantCulture) ?? "null"}, "
                + $"{Sql(row.Renewal is { } at ? Text(at, TimeSpan.FromHours(3)) : null)})");
        // The simulator takes no escapes in a time, and a plus would be one.
        var readable = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        await world.WriteElsewhereAsync("visitor", JsonSerializer.Serialize(held.Select(h => new
        {
            visitorId = h.Key,
            values = new
            {
                plan = h.Value.Plan,
                score = h.Value.Score,
                renewal = h.Value.Renewal is { } at ? Text(at, TimeSpan.Zero) : null,
            },
        }), readable));
        return (rows, held);

        Record Draw() => new(random.Next(4) == 0 ? null : $"plan {random.Next(3)}", random.Next(4) == 0 ? null : random.Next(3) / 8.0,
            random.Next(4) == 0 ? null : 1_767_225_600_000 + random.Next(3));
    }

    private static string Sql(string? text) => text is null ? "null" : $"'{text}'";

    private static string Text(long milliseconds, TimeSpan offset) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToOffset(offset)
        .ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture);

    private sealed record Record(string? Plan, double? Score, long? Renewal);
}
