using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using PendoSync.Tests.Operations.Served;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Web.Page;

/// <summary>Every kind of page is accessible and fits.</summary>
[Collection(BrowserCollection.Name)]
public sealed class LooksTests(Browser browser)
{
    [ChromiumFact]
    public async Task Every_page_is_accessible_in_light_and_dark_and_fits_a_phone()
    {
        await using var world = await PageProject.CreateAsync();
        await world.RunAsync();
        world.Execute("update people set plan = 'dear' where id in ('v3', 'v4', 'v5')");
        var run = (string)(await world.RunAsync())["run_id"]!;
        var plan = (string)(await world.SendAsync(HttpMethod.Post, "/api/syncs/people/plan", """{"mode":"full"}""")).Body["id"]!;
        var check = (string)(await world.SendAsync(HttpMethod.Post, "/api/syncs/people/check")).Body["id"]!;
        await PageProject.WriteElsewhereAsync(world, "v7", "theirs");
        var compare = (string)(await world.SendAsync(HttpMethod.Post, "/api/syncs/people/compare")).Body["id"]!;
        var adopt = (string)(await world.SendAsync(HttpMethod.Post, "/api/syncs/people/adopt")).Body["id"]!;
        await PageProject.DriftAsync(world);
        await PageProject.MakeDoubtfulAsync(world, 1);
        (string Name, string Path)[] pages = [("syncs", "status"), ("sync", "status/syncs/people"), ("run", $"status/runs/{run}"),
            ("problems", "status/syncs/people/problems"), ("runs", "status/runs?sync=people"), ("doubt", "status/syncs/events"),
            ("record", "status/record?sync=people&key=v1"), ("choice", "status/record?key=v1"), ("plan", $"status/results/{plan}"),
            ("check", $"status/results/{check}"), ("compare", $"status/results/{compare}"), ("adopt", $"status/results/{adopt}"),
            ("missing", "status/runs/none")];
        await AssertAccessibleAsync(world, pages);
        await using var locked = await PageProject.CreateAsync("api-key");
        await AssertAccessibleAsync(locked, ("login", "status"));
    }

    // Three widths in both themes: all of them in the long form and when pictures are asked for, else one a page.
    private async Task AssertAccessibleAsync(ServedProject world, params (string Name, string Path)[] pages)
    {
        (bool Dark, int Width)[] looks = [(false, 1280), (true, 390), (false, 820), (true, 1280), (false, 390), (true, 820)];
        var page = await browser.OpenAsync(world);
        for (var i = 0; i < pages.Length; i++)
        {
            await page.GotoAsync("/api/" + pages[i].Path);
            foreach (var (dark, width) in Full.Wanted || Browser.Pictures is not null ? looks : [looks[i % looks.Length]])
            {
                await page.EmulateMediaAsync(new() { ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light });
                await page.SetViewportSizeAsync(width, width > 500 ? 1180 : 844);
                await Browser.PictureAsync(page, $"{pages[i].Name}-{(dark ? "dark" : "light")}-{width}");
                await AssertAccessibleAsync(page);
            }
        }
    }

    private static async Task AssertAccessibleAsync(IPage page)
    {
        var violations = (await page.RunAxe()).Violations;
        Assert.True(violations.Length == 0, $"{page.Url}: "
            + string.Join('\n', violations.Select(v => $"{v.Id}: {v.Help} {string.Join(' ', v.Nodes.Select(n => n.Html))}")));
        Assert.True(await Browser.FitsAsync(page), $"{page.Url} is wider than the window");
    }
}
