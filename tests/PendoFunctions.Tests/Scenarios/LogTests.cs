using Microsoft.Extensions.Logging;
using PendoFunctions.Tests.Worlds;

namespace PendoFunctions.Tests.Scenarios;

/// <summary>What the app writes into its log, which is paid for by the gigabyte.</summary>
public sealed class LogTests(OneApp one) : IClassFixture<OneApp>
{
    [Fact]
    public async Task Log_ticks_with_nothing_due_write_nothing()
    {
        await AppWorld.TickAsync(one.App);
        var before = one.App.Logs.Count;

        for (var minute = 0; minute < 10; minute++)
            await AppWorld.TickAsync(one.App);

        Assert.Empty(one.App.Logs.Skip(before));
    }

    [Fact]
    public async Task Log_requests_write_no_line_of_ASP_NET()
    {
        // The lines of a start may come late; after an answer they are there.
        await one.World.GetAsync(one.App, "/api/syncs");
        var before = one.App.Logs.Count;

        for (var request = 0; request < 5; request++)
            await one.World.GetAsync(one.App, "/api/syncs");

        Assert.DoesNotContain(one.App.Logs.Skip(before), line => line.Category.StartsWith("Microsoft.", StringComparison.Ordinal));
    }
}
