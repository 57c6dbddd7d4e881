using System.Text.RegularExpressions;
using PendoSync.Cli.Serving;
using PendoSync.Tests.Operations.Served;

namespace PendoSync.Tests.Web.Http;

public sealed class AccessTests
{
    [Fact]
    public async Task Nothing_but_health_and_the_shell_answers_without_the_key()
    {
        await using var world = await ServedProject.StartAsync(keySecret: "api-key");
        Assert.Equal(401, (await world.SendAsync(HttpMethod.Get, "/api/syncs")).Status);
        Assert.Equal(401, (await world.SendAsync(HttpMethod.Get, "/api/syncs", null, ("x-functions-key", "wrong"))).Status);
        Assert.Equal(200, (await world.SendAsync(HttpMethod.Get, "/api/syncs", null, ("x-functions-key", ServedProject.Key))).Status);
        Assert.Equal(200, (await world.SendAsync(HttpMethod.Get, "/api/health")).Status);
        var shell = await world.Http.GetStringAsync("/api/status/syncs/people");
        Assert.Contains("type=\"password\"", shell, StringComparison.Ordinal);
        Assert.DoesNotContain("Run now", shell, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_is_kept_in_a_cookie_that_only_our_own_forms_can_use()
    {
        await using var world = await ServedProject.StartAsync(keySecret: "api-key");
        Assert.Equal(401, (int)(await LoginAsync(world, "wrong")).StatusCode);
        using var login = await LoginAsync(world, ServedProject.Key);
        Assert.Equal((303, "/api/status"), ((int)login.StatusCode, login.Headers.Location!.ToString()));
        var set = login.Headers.GetValues("Set-Cookie").Single();
        Assert.Matches("(?i)httponly", set);
        Assert.Matches("(?i)samesite=strict", set);
        Assert.DoesNotContain(ServedProject.Key, set, StringComparison.Ordinal);
        var cookie = set.Split(';')[0];

        Assert.Equal(200, (await world.SendAsync(HttpMethod.Get, "/api/syncs", null, ("Cookie", cookie))).Status);
        Assert.Equal(401, (await world.SendAsync(HttpMethod.Get, "/api/syncs", null, ("Cookie", cookie[..^2] + "xx"))).Status);

        var token = Regex.Match(await PageAsync(world, cookie), "name=\"form_token\" value=\"([^\"]+)\"").Groups[1].Value;
        var origin = world.Address.GetLeftPart(UriPartial.Authority);
        Assert.Equal(403, await PauseAsync(("Sec-Fetch-Site", "cross-site"), token));
        Assert.Equal(403, await PauseAsync(("Origin", "https://evil.example"), token));
        Assert.Equal(403, await PauseAsync(("Origin", "null"), token));
        Assert.Equal(403, await PauseAsync(("X-Nothing", "told"), token));
        Assert.Equal(403, await PauseAsync(("Sec-Fetch-Site", "same-origin"), "a-token-of-nobody"));
        Assert.Equal(303, await PauseAsync(("Sec-Fetch-Site", "same-origin"), token));
        Assert.Equal(303, await PauseAsync(("Origin", origin), token));
        Assert.Equal(403,
            (await world.SendAsync(HttpMethod.Post, "/api/syncs/people/resume", null, ("Cookie", cookie), ("Origin", origin))).Status);
        Assert.Equal(200,
            (await world.SendAsync(HttpMethod.Post, "/api/syncs/people/resume", null, ("Cookie", cookie), ("Origin", origin),
            ("x-form-token", token))).Status);

        async Task<int> PauseAsync((string Name, string Value) header, string formToken)
        {
            using var request =
                new HttpRequestMessage(HttpMethod.Post, "/api/status/syncs/people/pause") { Content = Form(("form_token", formToken)) };
            request.Headers.Add("Cookie", cookie);
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
            using var answer = await world.Http.SendAsync(request);
            return (int)answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=x", "no boundary in it")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nhalf")]
    [InlineData("multipart/form-data", "--x--")]
    [InlineData("multipart/form-data; boundary=", "--x--")]
    public async Task A_form_that_cannot_be_read_is_answered_400(string type, string body)
    {
        await using var world = await ServedProject.StartAsync(keySecret: "api-key");
        using var content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await world.Http.PostAsync(new Uri("/api/status/login", UriKind.Relative), content);
        Assert.Equal(400, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Cookie_is_secure_unless_it_comes_over_loopback_http()
    {
        await using var world = await ServedProject.StartAsync(keySecret: "api-key");
        using var here = await LoginAsync(world, ServedProject.Key);
        Assert.DoesNotMatch("(?i); secure", here.Headers.GetValues("Set-Cookie").Single());
        using var there = await LoginAsync(world, ServedProject.Key, "sync.example.com");
        Assert.Matches("(?i); secure", there.Headers.GetValues("Set-Cookie").Single());
    }

    [Fact]
    public async Task Login_leads_to_our_own_pages_only()
    {
        await using var world = await ServedProject.StartAsync(keySecret: "api-key");
        using var request =
            new HttpRequestMessage(HttpMethod.Post,
            "/api/status/login")
            { Content = Form(("key", ServedProject.Key), ("next", "//evil.example")) };
        using var answer = await world.Http.SendAsync(request);
        Assert.Equal("/api/status", answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task Without_a_key_only_loopback_names_and_no_other_web_site_are_answered()
    {
        await using var world = await ServedProject.StartAsync();
        Assert.Equal(421, (await world.SendAsync(HttpMethod.Get, "/api/syncs", null, ("Host", "evil.example"))).Status);
        Assert.Equal(403,
            (await world.SendAsync(HttpMethod.Post, "/api/syncs/people/runs", null, ("Origin", "https://evil.example"))).Status);
        Assert.Equal(403,
            (await world.SendAsync(HttpMethod.Post, "/api/syncs/people/pause", null, ("Sec-Fetch-Site", "same-site"))).Status);
    }

    [Fact]
    public async Task Behind_a_proxy_the_name_that_the_browser_used_is_our_own()
    {
        await using var world = await ServedProject.StartAsync();
        Assert.Equal(200, await PauseAsync(("Origin", "https://sync.example.com"), ("X-Forwarded-Host", "sync.example.com")));
        Assert.Equal(200, await PauseAsync(("Origin", "https://sync.example.com"), ("DISGUISED-HOST", "sync.example.com")));
        Assert.Equal(403, await PauseAsync(("Origin", "https://evil.example"), ("X-Forwarded-Host", "sync.example.com")));
        Assert.Equal(403, await PauseAsync(("Origin", "https://sync.example.com"), ("X-Forwarded-Host", "sync.example.com, evil.example")));
        Assert.Equal(403, await PauseAsync(("Origin", "https://sync.example.com"), ("X-Forwarded-Host", "sync.example.com"),
            ("Sec-Fetch-Site", "cross-site")));

        async Task<int> PauseAsync(params (string, string)[] headers) =>
            (await world.SendAsync(HttpMethod.Post, "/api/syncs/people/pause", null, headers)).Status;
    }

    [Theory]
    [InlineData("http://0.0.0.0:7075")]
    [InlineData("http://*:7075")]
    [InlineData("http://[::]:7075")]
    [InlineData("http://127.0.0.1:7075;http://10.0.0.4:7075")]
    [InlineData("http://pendosync.example.com:80")]
    public void Beyond_loopback_a_key_is_needed(string urls)
    {
        Assert.Equal(ProblemKind.Configuration, Assert.Throws<ProblemException>(() => ServeOptions.Parse(urls, null, null)).Problem.Kind);
        Assert.Equal("api-key", ServeOptions.Parse(urls, null, "api-key").KeySecret);
    }

    [Fact]
    public async Task Missing_key_ends_serve_before_it_listens()
    {
        await using var world = await ServedProject.CreateAsync();
        var e = await Assert.ThrowsAsync<ProblemException>(() => world.ServeAsync("no-such-key"));
        Assert.Contains("NO_SUCH_KEY", e.Problem.Fix, StringComparison.Ordinal);
    }

    private static async Task<string> PageAsync(ServedProject world, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/status");
        request.Headers.Add("Cookie", cookie);
        using var answer = await world.Http.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task<HttpResponseMessage> LoginAsync(ServedProject world, string key, string? host = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/status/login") { Content = Form(("key", key)) };
        request.Headers.Host = host;
        return await world.Http.SendAsync(request);
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
}
