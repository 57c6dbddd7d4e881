using Microsoft.Playwright;
using PendoSync.Tests.Operations.Served;
using Xunit.Abstractions;

namespace PendoSync.Tests.Web.Page;

[Collection(BrowserCollection.Name)]
public sealed class ManySyncsTests(Browser browser, ITestOutputHelper output)
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
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(100);
        for (var from = 100; from <= 500; from += 100)
        {
            await page.GetByRole(AriaRole.Link, new() { Name = "More", Exact = true }).ClickAsync();
            await Browser.AtAsync(page, $"from={from}");
        }

        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        Assert.Contains("501 to 501 of 501", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Link, new() { Name = "Back", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(100);
        await page.GotoAsync("/api/status?from=100000");
        Assert.True(await Browser.FitsAsync(page));
        await page.GetByLabel("Search syncs").FillAsync("sync-49");
        await page.Keyboard.PressAsync("Enter");
        await Browser.AtAsync(page, "search=sync-49");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(10);
        await Browser.PictureAsync(page, "500-syncs-light-phone");
    }
}
