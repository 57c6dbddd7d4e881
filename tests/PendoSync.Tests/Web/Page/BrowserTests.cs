using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using PendoSync.State;
using PendoSync.Tests.Operations.Served;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Tests.Worlds;
using Xunit.Abstractions;

namespace PendoSync.Tests.Web.Page;

[Collection(OneAtATime.Name)]
public sealed class BrowserTests(Browser browser, ITestOutputHelper output) : IClassFixture<Browser>
{
    private const string Hostile = "<script>document.title=''owned''</script><img src=x onerror=alert(1)>";

    [ChromiumFact]
    public async Task Every_page_is_accessible_in_light_and_dark_and_fits_a_phone()
    {
        await using var world = await FilledAsync();
        await world.RunAsync();
        world.Execute("update people set plan = 'dear' where id in ('v3', 'v4', 'v5')");
        var run = (string)(await world.RunAsync())["run_id"]!;
        var plan = (string)(await world.SendAsync(HttpMethod.Post, "/api/syncs/people/plan", """{"mode":"full"}""")).Body["id"]!;
        var check = (string)(await world.SendAsync(HttpMethod.Post, "/api/syncs/people/check")).Body["id"]!;
        await MakeDoubtfulAsync(world, 1);
        (string Name, string Path)[] pages = [("syncs", "status"), ("sync", "status/syncs/people"), ("run", $"status/runs/{run}"),
            ("problems", "status/syncs/people/problems"), ("runs", "status/runs?sync=people"), ("doubt", "status/syncs/events"),
            ("record", "status/record?sync=people&key=v1"), ("choice", "status/record?key=v1"), ("plan", $"status/results/{plan}"),
            ("check", $"status/results/{check}"), ("missing", "status/runs/none")];
        await AssertAccessibleAsync(world, pages);
        await using var locked = await FilledAsync("api-key");
        await AssertAccessibleAsync(locked, ("login", "status"));
    }

    [ChromiumFact]
    public async Task Everything_can_be_done_with_the_keyboard_alone()
    {
        await using var world = await FilledAsync();
        var page = await browser.OpenAsync(world);
        await page.GotoAsync("/api/status/syncs/people");
        await PressUntilFocusedAsync(page, "Run full people");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/api/status/runs/**");
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
        await using var world = await FilledAsync();
        await world.RunAsync();
        var page = await browser.OpenAsync(world, scripts: false);
        foreach (var path in new[] { "/api/status", "/api/status/runs", "/api/status/syncs/people", "/api/status/syncs/people/problems" })
        {
            await page.GotoAsync(path);
            await page.GetByLabel("Find a record by its id").FillAsync("v7");
            await page.GetByRole(AriaRole.Button, new() { Name = "Find", Exact = true }).ClickAsync();
            await page.WaitForURLAsync("**/api/status/record?**");
            if (!page.Url.Contains("sync=", StringComparison.Ordinal))
                await page.Locator("main").GetByRole(AriaRole.Link, new() { Name = "people", Exact = true }).ClickAsync();
            await page.WaitForURLAsync("**sync=people**");
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
    public async Task Buttons_work_without_scripts()
    {
        await using var world = await FilledAsync();
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
        await using var world = await FilledAsync();
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
        Assert.Contains(Hostile.Replace("''", "'", StringComparison.Ordinal), await page.InnerTextAsync("table"), StringComparison.Ordinal);
        Assert.Equal(0, dialogs);
    }

    [ChromiumFact]
    public async Task Page_shows_what_changed_by_itself()
    {
        await using var world = await FilledAsync();
        var page = await browser.OpenAsync(world);
        await page.GotoAsync("/api/status/syncs/people");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause people" }).FocusAsync();
        await world.SendAsync(HttpMethod.Post, "/api/syncs/people/pause");
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume people" }).WaitForAsync(new() { Timeout = 20_000 });
    }

    [ChromiumFact]
    public async Task What_somebody_types_while_the_page_is_loaded_again_stays()
    {
        await using var world = await FilledAsync();
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
        await page.WaitForURLAsync("**search=peo");
    }

    [ChromiumFact]
    public async Task Key_is_asked_for_once()
    {
        await using var world = await FilledAsync("api-key");
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
        await MakeDoubtfulAsync(world, 2);
        var page = await browser.OpenAsync(world, scripts: false);
        await page.GotoAsync("/api/status/syncs/events");
        await page.GetByRole(AriaRole.Button, new() { Name = "Count those as sent" }).ClickAsync();
        Assert.Contains("the next run goes by it", await page.GetByRole(AriaRole.Status).InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await page.GetByRole(AriaRole.Region, new() { Name = "Restored state" }).CountAsync());
        Assert.Equal((0, 3), ((int)(await world.RunAsync("events"))["accepted"]!, await ReceivedAsync(world)));

        await MakeDoubtfulAsync(world, 1);
        await page.GotoAsync("/api/status/syncs/events");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send all events of events again" }).ClickAsync();
        await page.GetByRole(AriaRole.Status).WaitForAsync();
        Assert.Equal((1, 4), ((int)(await world.RunAsync("events"))["accepted"]!, await ReceivedAsync(world)));
    }

    private static async Task<int> ReceivedAsync(ServedProject world) => (int)(await world.Simulator.Control.StateAsync()).Events.Received;

    // Three events are sent, some more are there, and the second place is ahead of the state, as after restoring a backup.
    private static async Task MakeDoubtfulAsync(ServedProject world, int more)
    {
        var state = world.Engine.State;
        if ((await state.Checkpoints.ReadAsync("events", default)).LastRun is null)
        {
            Insert("events", 3);
            world.Write("syncs/events.yaml", """
                name: events
                warehouse: local
                model: { table: events }
                pendo: test
                object: track_event
                behavior: send
                app: web-app
                key: id
                event: { name: { constant: paid }, visitor_id: visitor, timestamp: at }
                """);
            while ((int)(await world.Http.GetAsync("/api/syncs/events")).StatusCode != 200)
                await Task.Delay(100);
            Assert.Equal(3, (int)(await world.RunAsync("events"))["accepted"]!);
        }

        Insert("late", more);
        await state.Marks.WriteAsync((await state.Checkpoints.ReadAsync("events", default)).CountOn(), default);

        void Insert(string name, int count)
        {
            var at = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
            world.Execute("create table if not exists events(id text, visitor text, at text); "
                + $"with recursive n(i) as (select 1 union all select i + 1 from n where i < {count}) "
                + $"insert into events select '{name}' || i || (select count(*) from events), 'v' || i, '{at}' from n");
        }
    }

    [ChromiumFact]
    public async Task Five_hundred_syncs_stay_usable()
    {
        await using var world = await ServedProject.CreateAsync();
        await FillAsync(world, 500, 30);
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
        Assert.True(await FitsAsync(page));
        await page.GetByLabel("Search syncs").FillAsync("sync-49");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**search=sync-49");
        Assert.Equal(10, await page.Locator("tbody tr").CountAsync());
        await Browser.PictureAsync(page, "500-syncs-light-phone");
    }

    private static async Task FillAsync(ServedProject world, int syncs, int runs)
    {
        Directory.CreateDirectory(Path.Combine(world.Folder, ".pendosync"));
        await using var store = new SqliteTableStore(Path.Combine(world.Folder, ".pendosync", "state.db"), TimeProvider.System);
        var state = new StateStore(store);
        var now = DateTimeOffset.UtcNow;
        for (var i = 0; i < syncs; i++)
        {
            var name = $"sync-{i:D3}";
            world.Sync(name, "people", "every: 100d");
            var standing = new Standing { InStep = 1000 - (i % 7), Rejected = i % 7, At = now };
            var all = Enumerable.Range(0, runs).Select(n => new RunRecord
            {
                Sync = name,
                RunId = RunRecord.NewId(name, now.AddHours(-n)),
                State = (i + n) % 40 == 0 ? RunState.Failed : RunState.Completed,
                Counts = new RunCounts { Read = 1000, Unchanged = 990, Planned = 10, Accepted = 10 },
                RequestedAt = now.AddHours(-n),
                StartedAt = now.AddHours(-n),
                EndedAt = now.AddHours(-n).AddMinutes(1),
                Standing = standing,
            }).ToList();
            await store.UpsertManyAsync(Tables.Runs, name, [.. all.Select(r => r.ToRow())], default);
            await state.Checkpoints.ChangeAsync(name, c => c with
            {
                LastRun = all[0].RunId,
                LastStart = now,
                LastSuccess = now,
                Standing = standing,
            }, default);
        }
    }

    private static async Task<ServedProject> FilledAsync(string? key = null)
    {
        var world = await ServedProject.CreateAsync(200, "batch_size: 20\nlimits: { max_invalid_percent: 50 }");
        world.Execute($"insert into people values ('{Hostile}', 'a'), ('{Hostile}', 'b'), ('v1', 'again')");
        world.Sync("broken", "no_such_table");
        world.Sync("nightly", "people", "schedule: \"0 0 3 * * *\"\npaused: true");
        await world.ServeAsync(key);
        if (key is null)
            await world.RunAsync("broken");
        return world;
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
        Assert.True(await FitsAsync(page), $"{page.Url} is wider than the window");
    }

    private static Task<bool> FitsAsync(IPage page) =>
        page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth");

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
