using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace PendoSync.Tests.Cli;

/// <summary>Many events at Pendo's rate keep neither another sync nor the warehouse waiting.</summary>
public sealed class FairnessTests
{
    [Fact]
    public async Task Events_keep_neither_a_visitor_sync_nor_the_warehouse_waiting()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 100, events: 20000);
        File.AppendAllText(Path.Combine(world.Folder, "syncs/events.yaml"), "batch_size: 100\n");
        world.Edit("pendosync.yaml", "max_calls_per_second: 2000", "max_calls_per_second: 20");
        using var serving = world.Start("serve", "--port", "0", "--json");
        using var http = new HttpClient
        {
            BaseAddress = new Uri((string)JsonNode.Parse(await serving.FirstLineAsync())!["address"]!),
        };
        var events = await StartAsync(http, "events");
        await world.UntilAsync(s => s.Events.Received > 20);

        // Everything is planned, though hardly anything is sent, and nobody reads any more: the file can be locked whole.
        await RunAsync(http, events, r => (string)r["state"]! == "delivering");
        var warehouse = Path.Combine(world.Folder, "warehouse.db");
        using (var connection = new SqliteConnection($"Data Source={warehouse};Pooling=False;Default Timeout=1"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "begin exclusive; rollback";
            command.ExecuteNonQuery();
        }

        var visitors = await RunAsync(http, await StartAsync(http, "visitors"), r => r["ended_at"] is not null);
        Assert.Equal(100, (int)visitors["accepted"]!);
        Assert.Equal("delivering", (string)(await http.GetFromJsonAsync<JsonNode>($"/api/runs/{events}"))!["state"]!);
        await http.PostAsync(new Uri($"/api/runs/{events}/cancel", UriKind.Relative), null);
        await serving.SignalAsync("TERM");
        (await serving.EndAsync()).Ended(0);
    }

    private static async Task<string> StartAsync(HttpClient http, string sync)
    {
        using var answer = await http.PostAsync(new Uri($"/api/syncs/{sync}/runs", UriKind.Relative), null);
        return (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["run_id"]!;
    }

    private static async Task<JsonNode> RunAsync(HttpClient http, string run, Func<JsonNode, bool> holds)
    {
        JsonNode? report = null;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromMinutes(2); await Task.Delay(100))
            if (holds(report = (await http.GetFromJsonAsync<JsonNode>($"/api/runs/{run}"))!))
                return report;
        throw new TimeoutException($"for two minutes it stayed {report}");
    }
}
