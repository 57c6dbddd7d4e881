using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PendoSync.Tests.Cli;

/// <summary>What people have written and met, each with the real command against the simulator.</summary>
public sealed class CaseTests : IAsyncLifetime
{
    private CliWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await CliWorld.CreateAsync(visitors: 2);
        _world.Edit("syncs/visitors.yaml", "pendo: sim", "pendo: sim\ncreate_fields: true");
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Env_value_over_several_lines_is_sent_whole()
    {
        Env("A_KEY=\"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQ==\n-----END PRIVATE KEY-----\"\nB_AFTER=after\n");
        Fields("pem: { constant: \"${env:A_KEY}\", type: string }\n  after: { constant: \"${env:B_AFTER}\" }");

        const string Pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQ==\n-----END PRIVATE KEY-----";

        var record = await SentAsync();

        Assert.Equal(Pem, record.GetProperty("pem").GetString());
        Assert.Equal("after", record.GetProperty("after").GetString());
        Env("A_KEY=\"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n");
        Assert.Contains(".env:3:7", (await _world.RunAsync("validate")).Ended(2).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Env_value_in_quotes_ends_at_its_quote()
    {
        Env("A='abc' # don't share\nB=\"x\" # the \"old\" one\n");
        Fields("a: { constant: \"${env:A}\", type: string }\n  b: { constant: \"${env:B}\", type: string }");

        var record = await SentAsync();

        Assert.Equal(("abc", "x"), (record.GetProperty("a").GetString(), record.GetProperty("b").GetString()));
    }

    [Fact]
    public async Task Env_that_is_not_utf8_is_refused_at_the_byte()
    {
        File.WriteAllBytes(Path.Combine(_world.Folder, ".env"), [.. "PENDO_KEY=k\nCITY=Z"u8, 0xFC, .. "rich\n"u8]);

        Assert.Contains(".env:2:7: the file is not UTF-8 text", (await _world.RunAsync("run", "visitors")).Ended(2).Error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sql: >\n    select visitor_id, plan, seats from visitors\n    -- only some\n    where seats = 1")]
    [InlineData("sql: select visitor_id, plan, seats from visitors -- all\n    where seats = 1")]
    public async Task Query_whose_comment_would_swallow_its_end_is_refused(string sql)
    {
        _world.Edit("syncs/visitors.yaml", "model: { table: visitors }", "model:\n  " + sql);
        Assert.Contains(":3: YAML joins the lines of this query, so its line comment swallows what follows Fix: Write 'sql: |'",
            (await _world.RunAsync("validate")).Ended(2).Output, StringComparison.Ordinal);

        _world.Edit("syncs/visitors.yaml", sql, sql.Replace("sql: >", "sql: |", StringComparison.Ordinal)
            .Replace("sql: select", "sql: |\n    select", StringComparison.Ordinal));
        Assert.Equal(1, (await _world.RunAsync("run", "visitors", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
    }

    [Fact]
    public async Task Cron_range_that_runs_backwards_is_refused_with_what_to_write()
    {
        _world.Edit("syncs/visitors.yaml", "fields:", "schedule: \"0 0 22-4 * * *\"\nfields:");

        Assert.Contains("22-4 goes backwards: write 22-23,0-4", (await _world.RunAsync("validate")).Ended(2).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ids_and_event_names_that_nobody_sees_whole_are_invalid()
    {
        _world.Execute("delete from visitors; insert into visitors values('a','x',1),('a ','y',1),(' b','z',1),('c'||char(10),'q',1),"
            + "(' ','w',1),(char(8203)||'zw','v',1)");
        _world.Execute("create table e(id text, nm text, uid text, acc text, at text); insert into e select '1',' ','u','a',t.t from "
            + "(select strftime('%Y-%m-%dT%H:%M:%SZ','now','-1 hour') t) t union all select '2','n',' ','a',strftime('%Y-%m-%dT%H:%M:%SZ',"
            + "'now','-1 hour') union all select '3','n','u',' ',strftime('%Y-%m-%dT%H:%M:%SZ','now','-1 hour')");
        _world.Write("syncs/e.yaml", """
            name: e
            warehouse: local
            pendo: sim
            object: track_event
            behavior: send
            app: web-app
            key: id
            model: { table: e }
            limits: { max_invalid_percent: 100 }
            event: { name: nm, visitor_id: uid, account_id: acc, timestamp: at }

            """);

        Assert.Equal(1, (await _world.RunAsync("run", "visitors", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
        // A blank account is none.
        Assert.Equal(1, (await _world.RunAsync("run", "e", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());

        Assert.Equal(["empty_key", "not_trimmed", "not_trimmed", "not_trimmed", "not_trimmed"], await RulesAsync("visitors"));
        Assert.Equal(["no_event_name", "no_visitor_id"], await RulesAsync("e"));
        Assert.Equal("", (await _world.Pendo.Control.EventsAsync().ToListAsync()).Single().AccountId ?? "");
        Assert.Equal("a", (await _world.Pendo.Control.RecordsAsync("visitor").ToListAsync()).Single().GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("http_proxy")]
    [InlineData("HTTP_PROXY")]
    [InlineData("ALL_PROXY")]
    public async Task Proxy_is_not_asked_for_this_machine(string variable)
    {
        var checks = await CliProcess.RunAsync(["check", "--project", _world.Folder],
            new Dictionary<string, string> { [variable] = "http://127.0.0.1:9" });
        checks.Ended(0);
    }

    [Fact]
    public async Task Proxy_that_does_not_answer_is_named_without_its_password()
    {
        _world.WriteConnections(new Uri("https://pendo.invalid"));

        var check = (await CliProcess.RunAsync(["check", "--project", _world.Folder],
            new Dictionary<string, string> { ["HTTPS_PROXY"] = "http://me:planted@127.0.0.1:9" })).Ended(3);

        Assert.Contains("the proxy http://127.0.0.1:9 did not let the call through", check.Output + check.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", check.Output + check.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_in_syncs_is_read()
    {
        Directory.CreateDirectory(Path.Combine(_world.Folder, "syncs", "marketing"));
        _world.Write("syncs/marketing/m.yaml", File.ReadAllText(Path.Combine(_world.Folder, "syncs", "visitors.yaml"))
            .Replace("name: visitors", "name: m", StringComparison.Ordinal)
            .Replace("plan: plan\n  seats: seats", "plan2: plan", StringComparison.Ordinal));

        Assert.Contains("m, visitors", (await _world.RunAsync("validate")).Ended(0).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await _world.RunAsync("run", "m", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
    }

    [Fact]
    public async Task Number_with_a_leading_zero_or_of_another_base_is_refused()
    {
        Fields("zip: { constant: 01234 }\n  code: { constant: 0x1F }");

        var refused = (await _world.RunAsync("plan", "visitors")).Ended(2).Error;

        Assert.Contains("01234 is no number as written", refused, StringComparison.Ordinal);
        Assert.Contains("write '01234' in quotes", refused, StringComparison.Ordinal);
        Assert.Contains("0x1F is a number of another base", (await _world.RunAsync("validate")).Ended(2).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_that_is_taken_is_told_in_a_line_and_its_fix()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        foreach (var verb in new string[][] { ["serve", "--urls", $"http://127.0.0.1:{port}"], ["simulate", "--port", $"{port}"] })
        {
            var lines = (await _world.RunAsync(verb)).Ended(3).Error.TrimEnd().Split('\n');
            Assert.Equal(2, lines.Length);
            Assert.StartsWith("error: cannot listen on", lines[0], StringComparison.Ordinal);
            Assert.StartsWith("  fix: Another program listens there", lines[1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Address_that_this_machine_does_not_have_is_told_in_a_line_and_its_fix()
    {
        _world.Write(".env", "PENDO_KEY=k\nTRACK_SECRET=t\nAPI_KEY=a-key-of-the-api\n");
        var refused = (await _world.RunAsync("serve", "--urls", "http://192.0.2.1:7075", "--key-secret", "api-key")).Ended(3).Error;

        Assert.Equal("error: cannot listen on 192.0.2.1:7075\n  fix: This machine does not have that address: name one of its own.",
            refused.TrimEnd());
    }

    [Fact]
    public async Task Field_that_Pendo_spells_otherwise_is_told_and_made_once_a_run()
    {
        await _world.Pendo.Control.ChangeOptionsAsync(new JsonObject { ["fieldNamesFolded"] = true });
        Fields("SFDC_Profile: plan");

        for (var run = 1; run <= 3; run++)
        {
            var failed = (await _world.RunAsync("run", "visitors")).Ended(2).Error;
            Assert.Contains("Pendo took the field 'SFDC_Profile' and lists 'sfdcprofile'", failed, StringComparison.Ordinal);
            Assert.Contains("Pendo's spelling under 'fields' in syncs/visitors.yaml: 'sfdcprofile'", failed, StringComparison.Ordinal);
            Assert.Equal(run, (await _world.Pendo.Control.CallsAsync()).Count(c => c.Endpoint == "schema_create"));
        }

        _world.Edit("syncs/visitors.yaml", "SFDC_Profile: plan", "sfdcprofile: plan");
        Assert.Equal("pro", (await SentAsync()).GetProperty("sfdcprofile").GetString());
    }

    [Fact]
    public async Task Text_of_any_script_is_told_as_people_read_it()
    {
        _world.Execute("delete from visitors; insert into visitors values('日本-🙂','Zürich 👩‍🚀 ' || char(0x1F600),1)");

        foreach (var verb in new string[][] { ["explain", "visitors", "日本-🙂"], ["plan", "visitors"] })
        {
            var told = (await _world.RunAsync(verb)).Ended(0).Output;
            Assert.Contains("日本-🙂", told, StringComparison.Ordinal);
            Assert.Contains("\"Zürich 👩‍🚀 😀\"", told, StringComparison.Ordinal);
            Assert.DoesNotContain("\\u", told, StringComparison.Ordinal);
        }
    }

    private void Env(string text) => _world.Write(".env", "PENDO_KEY=demo-key\nTRACK_SECRET=demo-secret\n" + text);

    private void Fields(string fields) => _world.Edit("syncs/visitors.yaml", "seats: seats", "seats: seats\n  " + fields);

    private async Task<JsonElement> SentAsync()
    {
        (await _world.RunAsync("run", "visitors")).Ended(0);
        return (await _world.Pendo.Control.RecordsAsync("visitor").ToListAsync())[0].GetProperty("custom");
    }

    private async Task<IEnumerable<string?>> RulesAsync(string sync) =>
        (await _world.RunAsync("problems", sync, "--json")).Ended(0).Json.GetProperty("items").EnumerateArray()
        .Select(i => i.GetProperty("rule").GetString()).Order(StringComparer.Ordinal);
}
