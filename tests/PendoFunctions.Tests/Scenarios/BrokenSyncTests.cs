using System.Net;
using Microsoft.Extensions.Logging;
using PendoFunctions.Tests.Worlds;
using PendoSync.State;
using static PendoFunctions.Tests.Scenarios.RunTests;

namespace PendoFunctions.Tests.Scenarios;

/// <summary>Definitions that cannot be used, in the deployed app.</summary>
public sealed class BrokenSyncTests(Azurite azurite) : IClassFixture<Azurite>
{
    [Fact]
    public async Task A_clash_among_ten_syncs_is_one_problem_that_makes_one_of_them_failing_and_the_app_starts_with_the_others()
    {
        await using var world = await AppWorld.CreateAsync(azurite);
        var syncs = Enumerable.Range(0, 9).Select(i => world.AddVisitors($"sync{i}", rows: 2)).ToList();
        var clashing = world.AddSync("sync9", """
            model: { table: sync8 }
            object: visitor
            behavior: update_or_create
            key: id
            fields: { plan_sync8: plan }
            """);
        world.AddSync("unreadable", "fields: {");

        var app = await world.StartAppAsync();
        foreach (var sync in syncs)
            AssertRun(await world.EndedAsync(await world.StartRunAsync(app, sync)), RunState.Completed, (nameof(RunCounts.Accepted), 2));

        var shown = (await world.GetAsync(app, "/api/syncs")).GetProperty("items").EnumerateArray()
            .Where(s => s.GetProperty("state").GetString() == "failing").Select(s => s.GetProperty("name").GetString()!);
        Assert.Equal([clashing, world.Sync("unreadable")], shown.Order(StringComparer.Ordinal));
        var problems = (await world.GetAsync(app, "/api/health")).GetProperty("problems").EnumerateArray()
            .Select(p => p.GetProperty("file").GetString()!);
        Assert.Equal([$"syncs/{clashing}.yaml", $"syncs/{world.Sync("unreadable")}.yaml"], problems.Order(StringComparer.Ordinal));
        using var refused = await world.SendAsync(app, HttpMethod.Post, $"/api/syncs/{clashing}/runs", "{}");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal(2, world.Logs.Count(line => line.Level >= LogLevel.Error));
    }
}
