using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace PendoSync.Tests.Cli;

/// <summary>A backup of the state file, put back: noticed, and answered from the command line, over HTTP or by a button.</summary>
public sealed class RestoredStateTests
{
    [Fact]
    public async Task Restored_events_stand_still_until_the_command_line_says_what_was_sent()
    {
        await using var world = await SentAndRestoredAsync();
        var stopped = (await world.RunAsync("run", "events", "--json")).Ended(3).Run.GetProperty("error");
        Assert.Contains("1 events of the model may have been sent already", stopped.GetProperty("message").GetString()!);
        Assert.Contains("may have been sent", (await world.RunAsync("plan", "events")).Ended(3).Error, StringComparison.Ordinal);
        Assert.Matches(" doubt[^`]*` has said what was", (await world.RunAsync("explain", "events", "e-late")).Ended(0).Output);
        (await world.RunAsync("doubt", "events")).Ended(2);
        (await world.RunAsync("doubt", "events", "--send", "--sent-until", "2026-01-01")).Ended(2);
        (await world.RunAsync("doubt", "events", "--sent-until", "yesterday")).Ended(2);
        (await world.RunAsync("doubt", "visitors", "--send")).Ended(2);

        var soon = DateTimeOffset.UtcNow.AddMinutes(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var answered = (await world.RunAsync("doubt", "events", "--sent-until", soon)).Ended(0);
        Assert.Contains("as sent", answered.Output, StringComparison.Ordinal);
        (await world.RunAsync("run", "events")).Ended(0);
        Assert.Equal(6, (await world.Pendo.Control.StateAsync()).Events.Received);
        (await world.RunAsync("doubt", "events", "--send")).Ended(1);

        // Values go out once more by themselves.
        var values = (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run;
        Assert.Equal(3, values.GetProperty("accepted").GetInt32());
        Assert.Contains("older than what was sent last", values.GetProperty("notices")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_and_the_api_take_the_answer_too()
    {
        await using var world = await SentAndRestoredAsync();
        using var serving = world.Start("serve", "--port", "0", "--json");
        using var http = new HttpClient
        {
            BaseAddress = new Uri((string)JsonNode.Parse(await serving.FirstLineAsync())!["address"]!),
        };
        Assert.True((bool)(await http.GetFromJsonAsync<JsonNode>("/api/syncs/events"))!["in_doubt"]!);
        var page = await http.GetStringAsync(new Uri("/api/status/syncs/events", UriKind.Relative));
        Assert.Contains("action=\"/api/status/syncs/events/doubt\"", page, StringComparison.Ordinal);
        Assert.Contains("Count those as sent", page, StringComparison.Ordinal);
        foreach (var (body, status) in new[] { ("{}", 422), ("""{"send":true,"sent_until":"2026-01-01T00:00:00Z"}""", 422),
            ("""{"send":"yes"}""", 422), ("""{"sent_until":5}""", 422), ("""{"sent_until":"soon"}""", 422), ("""{"send":true""", 400),
            ("""{"send":true}""", 200), ("""{"send":true}""", 409) })
        {
            using var answer = await http.PostAsync(new Uri("/api/syncs/events/doubt", UriKind.Relative), new StringContent(body));
            Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        }

        Assert.False((bool)(await http.GetFromJsonAsync<JsonNode>("/api/syncs/events"))!["in_doubt"]!);
        page = await http.GetStringAsync(new Uri("/api/status/syncs/events", UriKind.Relative));
        Assert.DoesNotContain("Count those as sent", page, StringComparison.Ordinal);
        await serving.SignalAsync("TERM");
        (await serving.EndAsync()).Ended(0);
        (await world.RunAsync("run", "events")).Ended(0);
        Assert.Equal(7, (await world.Pendo.Control.StateAsync()).Events.Received);
    }

    // Five events are sent, the state is kept, a sixth is sent, and the state put back.
    private static async Task<CliWorld> SentAndRestoredAsync()
    {
        var world = await CliWorld.CreateAsync(visitors: 3, events: 5);
        (await world.RunAsync("run")).Ended(0);
        var (state, kept) = (Path.Combine(world.Folder, ".pendosync"), Path.Combine(world.Folder, "kept"));
        CopyTo(state, kept);
        world.Execute("insert into events select 'e-late', visitor, at from events limit 1");
        world.Execute("update visitors set seats = 99 where visitor_id = 'v-00002'");
        (await world.RunAsync("run")).Ended(0);
        Directory.Delete(state, recursive: true);
        CopyTo(kept, state);
        return world;
    }

    private static void CopyTo(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
