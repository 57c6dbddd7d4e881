using Microsoft.Playwright;
using PendoSync.Tests.Operations.Served;

namespace PendoSync.Tests.Web.Page;

[Collection(BrowserCollection.Name)]
public sealed class BrowserTests(Browser browser)
{
    [ChromiumFact]
    public async Task Everything_can_be_done_with_the_keyboard_alone()
    {
        await using var world = await PageProject.CreateAsync();
        var page = await browser.OpenAsync(world);
        await page.GotoAsync("/api/status/syncs/people");
        await PressUntilFocusedAsync(page, "Run full people");
        await page.Keyboard.PressAsync("Enter");
        await Browser.AtAsync(page, "/api/status/runs/");
        await page.GetByText("completed").First.WaitForAsync();
        await page.GotoAsync("/api/status/syncs/people");
        await PressUntilFocusedAsync(page, "Pause people");
        await page.Keyboard.PressAsync("Space");
        await page.GetByRole(AriaRole.Status).WaitForAsync();
        Assert.True((bool)(await world.GetAsync("/api/syncs/people"))["paused"]!);
    }

    [ChromiumFact]
    public async Task A_record_is_found_from_every_page_and_a_dry_run_is_a_button_without_scripts()
    {
        await using var world = await PageProject.CreateAsync();
        await world.RunAsync();
        var page = await browser.OpenAsync(world, scripts: false);
        foreach (var path in new[] { "/api/status", "/api/status/runs", "/api/status/syncs/people", "/api/status/syncs/people/problems" })
        {
            await page.GotoAsync(path);
            await page.GetByLabel("Find a record by its id").FillAsync("v7");
            await page.GetByRole(AriaRole.Button, new() { Name = "Find", Exact = true }).ClickAsync();
            await Browser.AtAsync(page, "/api/status/record?");
            if (!page.Url.Contains("sync=", StringComparison.Ordinal))
                await page.Locator("main").GetByRole(AriaRole.Link, new() { Name = "people", Exact = true }).ClickAsync();
            await Browser.AtAsync(page, "sync=people");
            Assert.Contains("Pendo accepted exactly this record.", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        }

        world.Execute("update people set plan = 'dear' where id = 'v7'");
        await page.GotoAsync("/api/status/record?sync=people&key=v7");
        Assert.Matches(@"plan\s+free\s+dear", await page.InnerTextAsync("main"));
        await page.GotoAsync("/api/status/syncs/people");
        await page.GetByRole(AriaRole.Button, new() { Name = "Dry run people" }).ClickAsync();
        for (var look = 0; look < 50 && (await page.InnerTextAsync("h1")).Contains("running", StringComparison.Ordinal); look++)
            await page.ReloadAsync();
        Assert.Matches(@"v7\s+plan\s+free\s+dear", await page.InnerTextAsync("main"));
    }

    [ChromiumFact]
    public async Task A_comparison_is_a_button_and_names_what_differs()
    {
        await using var world = await PageProject.CreateAsync();
        await world.RunAsync();
        await PageProject.WriteElsewhereAsync(world, "v7", "theirs");
        var page = await browser.OpenAsync(world);
        await page.GotoAsync("/api/status/syncs/people");
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare with Pendo people" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Comparison with Pendo" }).WaitForAsync();
        // The page shows by itself when it is ready.
        await page.GetByText("theirs").First.WaitForAsync();
        Assert.Matches(@"v7\s+plan\s+\S*theirs", await page.InnerTextAsync("main"));
    }

    [ChromiumFact]
    public async Task Buttons_work_without_scripts()
    {
        await using var world = await PageProject.CreateAsync();
        var page = await browser.OpenAsync(world, scripts: false);
        await page.GotoAsync("/api/status");
        await page.GetByRole(AriaRole.Button, new() { Name = "Run now people" }).ClickAsync();
        Assert.Contains("/api/status/runs/people-", page.Url, StringComparison.Ordinal);
        // The run that the button started may still write its list.
        for (var look = 0; look < 100; look++)
        {
            await page.GotoAsync("/api/status/syncs/people/problems?search=V1");
            if ((await page.InnerTextAsync("main")).Contains("1 record", StringComparison.Ordinal))
                break;
            await Task.Delay(100);
        }

        Assert.Contains("1 record", await page.InnerTextAsync("main"), StringComparison.Ordinal);
    }

    [ChromiumFact]
    public async Task Hostile_key_is_text()
    {
        await using var world = await PageProject.CreateAsync();
        await world.RunAsync();
        var page = await browser.OpenAsync(world);
        var dialogs = 0;
        page.Dialog += (_, dialog) => { dialogs++; _ = dialog.DismissAsync(); };
        foreach (var path in new[] { "/api/status/syncs/people/problems",
            "/api/status/syncs/people/problems?search=%3Cscript%3Edocument.title=%27owned%27%3C/script%3E",
            "/api/status?search=%22%3E%3Cscript%3Ealert(1)%3C/script%3E" })
        {
            await page.GotoAsync(path);
            Assert.DoesNotContain("owned", await page.TitleAsync(), StringComparison.Ordinal);
            Assert.Equal(0, await page.Locator("main script, main img").CountAsync());
        }

        await page.GotoAsync("/api/status/syncs/people/problems");
        Assert.Contains(PageProject.Hostile.Replace("''", "'", StringComparison.Ordinal), await page.InnerTextAsync("table"),
            StringComparison.Ordinal);
        Assert.Equal(0, dialogs);
    }

    [ChromiumFact]
    public async Task Page_shows_what_changed_by_itself()
    {
        await using var world = await PageProject.CreateAsync();
        var page = await browser.OpenAsync(world);
        await page.GotoAsync("/api/status/syncs/people");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause people" }).FocusAsync();
        await world.SendAsync(HttpMethod.Post, "/api/syncs/people/pause");
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume people" }).WaitForAsync();
    }

    [ChromiumFact]
    public async Task What_somebody_types_while_the_page_is_loaded_again_stays()
    {
        await using var world = await PageProject.CreateAsync();
        var page = await browser.OpenAsync(world);
        // The answer is held back until somebody types; it then comes with another state of the sync.
        var (asked, typed) = (new TaskCompletionSource(), new TaskCompletionSource());
        await page.GotoAsync("/api/status");
        await page.RouteAsync("**/api/status", async route =>
        {
            var answer = await route.FetchAsync();
            asked.TrySetResult();
            await typed.Task;
            await route.FulfillAsync(new() { Response = answer });
        });
        await world.SendAsync(HttpMethod.Post, "/api/syncs/people/pause");
        await asked.Task;
        await page.GetByLabel("Search syncs").FillAsync("peo");
        typed.SetResult();
        await page.WaitForResponseAsync("**/api/status", new() { Timeout = 2000 }).ContinueWith(_ => Task.Delay(500)).Unwrap();
        Assert.Equal("peo", await page.GetByLabel("Search syncs").InputValueAsync());
        await page.Keyboard.PressAsync("Enter");
        await Browser.AtAsync(page, "search=peo");
    }

    [ChromiumFact]
    public async Task Key_is_asked_for_once()
    {
        await using var world = await PageProject.CreateAsync("api-key");
        var page = await browser.OpenAsync(world);
        await page.GotoAsync("/api/status/syncs/people");
        await page.GetByLabel("Key").FillAsync("wrong");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Alert).WaitForAsync();
        await page.GetByLabel("Key").FillAsync(ServedProject.Key);
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).WaitForAsync();
        await page.GotoAsync("/api/status/syncs/people");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause people" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume people" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GetByLabel("Key").WaitForAsync();
    }

    [ChromiumFact]
    public async Task A_restored_state_is_answered_by_a_button()
    {
        await using var world = await ServedProject.StartAsync();
        await PageProject.MakeDoubtfulAsync(world, 2);
        var page = await browser.OpenAsync(world, scripts: false);
        await page.GotoAsync("/api/status/syncs/events");
        await page.GetByRole(AriaRole.Button, new() { Name = "Count those as sent" }).ClickAsync();
        Assert.Contains("the next run goes by it", await page.GetByRole(AriaRole.Status).InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await page.GetByRole(AriaRole.Region, new() { Name = "Restored state" }).CountAsync());
        Assert.Equal((0, 3), ((int)(await world.RunAsync("events"))["accepted"]!, await ReceivedAsync(world)));

        await PageProject.MakeDoubtfulAsync(world, 1);
        await page.GotoAsync("/api/status/syncs/events");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send all events of events again" }).ClickAsync();
        await page.GetByRole(AriaRole.Status).WaitForAsync();
        Assert.Equal((1, 4), ((int)(await world.RunAsync("events"))["accepted"]!, await ReceivedAsync(world)));
    }

    private static async Task<int> ReceivedAsync(ServedProject world) => (int)(await world.Simulator.Control.StateAsync()).Events.Received;

    private static async Task PressUntilFocusedAsync(IPage page, string label)
    {
        for (var presses = 0; presses < 60; presses++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<string?>("document.activeElement?.getAttribute('aria-label')") == label)
                return;
        }

        Assert.Fail($"'{label}' cannot be reached with Tab");
    }
}
