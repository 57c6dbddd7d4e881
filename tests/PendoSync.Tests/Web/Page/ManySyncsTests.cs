using Microsoft.Playwright;
using PendoSync.Tests.Operations.Served;
using PendoSync.Tests.Warehouses.PagingKit;
using Xunit.Abstractions;

namespace PendoSync.Tests.Web.Page;

[Collection(OneAtATime.Name)]
public sealed class ManySyncsTests(Browser browser, ITestOutputHelper output) : IClassFixture<Browser>
{
    [ChromiumFact]
    public async Task Five_hundred_syncs_stay_usable()
    {
        await using var world = await ServedProject.CreateAsync();
        await PageProject.FillAsync(world, 500, 30);
        await world.ServeAsync();
        for (var look = 1; look <= 3; look++)
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var size = (await world.Http.GetStringAsync("/api/status")).Length;
            output.WriteLine($"500 syncs with 30 runs each, look {look}: {clock.Elapsed.TotalSeconds:0.00} s, {size / 1024} KB");
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
        }

        var page = await browser.OpenAsync(world, phone: true);
        await page.GotoAsync("/api/status");
        Assert.Equal(100, await page.Locator("tbody tr").CountAsync());
        for (var more = 0; more < 5; more++)
            await page.GetByRole(AriaRole.Link, new() { Name = "More", Exact = true }).ClickAsync();
        Assert.Equal(1, await page.Locator("tbody tr").CountAsync());
        Assert.Contains("501 to 501 of 501", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Link, new() { Name = "Back", Exact = true }).ClickAsync();
        Assert.Equal(100, await page.Locator("tbody tr").CountAsync());
        await page.GotoAsync("/api/status?from=100000");
        Assert.True(await Browser.FitsAsync(page));
        await page.GetByLabel("Search syncs").FillAsync("sync-49");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**search=sync-49");
        Assert.Equal(10, await page.Locator("tbody tr").CountAsync());
        await Browser.PictureAsync(page, "500-syncs-light-phone");
    }
}
