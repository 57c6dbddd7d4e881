using System.Text.Json;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

public sealed class VerbTests
{
    [Fact]
    public async Task Wrong_arguments_exit_with_2_and_with_json_stdout_holds_one_value()
    {
        using var folder = new TemporaryFolder();
        foreach (var arguments in new string[][] { ["run", "a", "--fulll"], ["explain", "a"], ["runs", "a", "--limit", "0"],
            ["run", "--limit", "-1"], ["nonsense"] })
        {
            var wrong = (await CliCall.RunAsync([.. arguments, "--json", "--project", folder.Path])).Ended(2);
            Assert.Equal("configuration", wrong.Json.GetProperty("error").GetProperty("kind").GetString());
            Assert.Contains("error:", wrong.Error, StringComparison.Ordinal);
        }

        var check = (await CliCall.RunAsync(["check", "--json", "--project", folder.Path])).Ended(2).Json;
        Assert.Equal((0, "configuration"), (check.GetProperty("checks").GetArrayLength(),
            check.GetProperty("error").GetProperty("kind").GetString()));
        foreach (var json in new[] { "--json=true", "--json:true", "--json=perhaps" })
            Assert.Equal("configuration", (await CliCall.RunAsync(["runs", json])).Ended(2).Json.GetProperty("error")
                .GetProperty("kind").GetString());
        Assert.Equal("", (await CliCall.RunAsync(["runs", "--json=false"])).Ended(2).Output);

        var without = (await CliCall.RunAsync(["runs"])).Ended(2);
        Assert.Equal("", without.Output);
        Assert.Contains("--help", without.Error, StringComparison.Ordinal);
        var help = (await CliCall.RunAsync(["--help"])).Ended(0);
        foreach (var verb in new[] { "demo", "init", "validate", "check", "plan", "run", "status", "runs", "problems", "rejected",
            "explain", "reset",
            "doubt", "pause", "resume", "cancel", "simulate", "completion" })
            Assert.Matches($@"(?m)^  {verb}\b", help.Output);
    }

    [Fact]
    public async Task Empty_path_is_a_wrong_argument_and_a_folder_that_cannot_be_made_says_so()
    {
        foreach (var (arguments, name) in new (string[], string)[] { (["run", "--state", ""], "--state"), (["validate", "--project", ""],
            "--project"), (["init", ""], "DIR"), (["demo", "--keep", " "], "--keep"), (["run", "a", "--key", ""], "--key"),
            (["explain", "a", ""], "KEY"), (["serve", "--key-secret", ""], "--key-secret") })
        {
            var wrong = (await CliCall.RunAsync([.. arguments, "--json"])).Ended(2);
            Assert.Contains($"{name} is empty", wrong.Json.GetProperty("error").GetProperty("message").GetString(),
                StringComparison.Ordinal);
        }

        await using var world = await CliWorld.CreateAsync(visitors: 1);
        var status = (await world.RunAsync("status", "--state", world.Folder)).Ended(3);
        Assert.Contains("it is a folder", status.Error, StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "file"), "");
        var refused = (await CliCall.RunAsync(["demo", "--keep", Path.Combine(folder.Path, "file", "below")])).Ended(2);
        Assert.Contains("cannot be written", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_that_begins_with_an_at_sign_is_a_key_and_no_file_is_read_for_it()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1);
        world.Execute("insert into visitors values ('@alice', 'pro', 1), ('@.env', 'pro', 2)");
        world.Write("alice", "--nonsense");
        var run = (await world.RunAsync("run", "visitors", "--key", "@alice", "--json")).Ended(0).Run;
        Assert.Equal(1, run.GetProperty("accepted").GetInt32());
        foreach (var key in (string[])["@alice", "@.env", "@" + Path.Combine(world.Folder, ".env"), "@" + world.Folder])
        {
            var told = (await world.RunAsync("explain", "visitors", key, "--json")).Ended(0);
            Assert.Equal(key, told.Json.GetProperty("key").GetString());
            Assert.DoesNotContain("PENDO_KEY", told.Output + told.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Another_file_of_the_warehouse_is_read_from_its_beginning()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 0);
        world.Edit("syncs/visitors.yaml", "model: { table: visitors }", "model: { table: timed, cursor: at, lookback: 0s }");
        void Fill(string rows) => world.Execute("drop table if exists timed; "
            + $"create table timed (visitor_id text, plan text, seats integer, at timestamp); insert into timed values {rows}");
        Fill("('h1', 'pro', 1, '2026-01-20'), ('h2', 'pro', 1, '2026-01-21')");
        Assert.Equal(2, (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
        Assert.False((await world.RunAsync("run", "visitors", "--json")).Ended(0).Run.GetProperty("full").GetBoolean());

        Fill("('h2', 'pro', 1, '2026-01-21'), ('h3', 'pro', 1, '2026-01-10')");
        File.Copy(Path.Combine(world.Folder, "warehouse.db"), Path.Combine(world.Folder, "other.db"));
        world.Edit("pendosync.yaml", "warehouse.db", "other.db");
        var moved = (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run;
        Assert.Equal((true, 2, 1, 1), (moved.GetProperty("full").GetBoolean(), moved.GetProperty("read").GetInt32(),
            moved.GetProperty("unchanged").GetInt32(), moved.GetProperty("accepted").GetInt32()));

        // One that is filled later has no value that could tell where to go on.
        Fill("('h4', 'pro', 1, null)");
        File.Copy(Path.Combine(world.Folder, "warehouse.db"), Path.Combine(world.Folder, "third.db"));
        world.Edit("pendosync.yaml", "other.db", "third.db");
        (await world.RunAsync("run", "visitors", "--json")).Ended(0);
        Fill("('h5', 'pro', 1, '2025-01-01')");
        File.Copy(Path.Combine(world.Folder, "warehouse.db"), Path.Combine(world.Folder, "third.db"), overwrite: true);
        Assert.Equal(1, (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
    }

    [Fact]
    public async Task Validate_names_every_problem_with_its_place_and_connects_to_nothing()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1);
        var valid = (await world.RunAsync("validate", "--json")).Ended(0);
        Assert.Equal("""{"problems":[]}""", valid.Output.Trim());
        world.Edit("syncs/visitors.yaml", "behavior:", "behaviour:");
        world.Edit("pendosync.yaml", "warehouses:", "warehouse:");
        var invalid = (await world.RunAsync("validate", "--json")).Ended(2);
        var problems = invalid.Json.GetProperty("problems").EnumerateArray().ToList();
        Assert.Contains(problems, p => p.GetProperty("file").GetString() == "syncs/visitors.yaml" && p.GetProperty("line").GetInt32() == 6
            && p.GetProperty("column").GetInt32() == 1);
        Assert.Contains(problems, p => p.GetProperty("file").GetString() == "pendosync.yaml");
        Assert.All(problems, p => Assert.True(p.TryGetProperty("message", out _) && p.TryGetProperty("fix", out _)));
        Assert.Equal(0, (await world.Pendo.Control.StateAsync()).Calls.Total);
    }

    [Fact]
    public async Task Init_writes_a_project_that_is_valid_and_never_writes_over_one()
    {
        using var folder = new TemporaryFolder();
        var written = (await CliCall.RunAsync(["init", "--project", folder.Path, "--json"])).Ended(0).Json.GetProperty("files");
        Assert.Contains("pendosync.yaml", written.EnumerateArray().Select(f => f.GetString()));
        (await CliCall.RunAsync(["validate", "--project", folder.Path])).Ended(0);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Path, ".env")));
        var again = (await CliCall.RunAsync(["init", "--project", folder.Path])).Ended(2);
        Assert.Contains("there already", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_tries_key_write_access_warehouse_and_fields_each_with_a_fix()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1);
        var good = (await world.RunAsync("check", "--json")).Ended(0).Json.GetProperty("checks").EnumerateArray().ToList();
        Assert.All(good, c => Assert.True(c.GetProperty("ok").GetBoolean(), c.GetRawText()));
        Assert.All(good, c => Assert.Equal(JsonValueKind.Null, c.GetProperty("fix").ValueKind));
        Assert.Contains(good, c => c.GetProperty("name").GetString() == "sync visitors");
        Assert.False(Directory.Exists(Path.Combine(world.Folder, ".pendosync")), "check wrote state");

        world.Write(".env", "PENDO_KEY=read-only\n");
        world.Edit("syncs/visitors.yaml", "seats: seats", "chairs: seats");
        var bad = (await world.RunAsync("check", "--json")).Ended(2).Json.GetProperty("checks").EnumerateArray()
            .Where(c => !c.GetProperty("ok").GetBoolean()).ToList();
        Assert.Equal(["pendo sim", "sync visitors", "track secret of web-app in pendo sim"],
            bad.Select(c => c.GetProperty("name").GetString()).Order(StringComparer.Ordinal));
        Assert.All(bad, c => Assert.NotEqual("", c.GetProperty("fix").GetString()));
        Assert.Contains(bad, c => c.GetProperty("message").GetString()!.Contains("chairs", StringComparison.Ordinal));
        Assert.Contains(bad, c => c.GetProperty("message").GetString()!.Contains("only read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Explain_sees_the_state_as_plan_and_run_do()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 3, events: 3);
        world.Edit("syncs/events.yaml", "key: id", "key: id\nstart: now");
        var remembered = (await world.RunAsync("explain", "events", "e-00001", "--json")).Ended(0).Json;
        Assert.Equal(("unchanged", "start: now: the next run remembers it and does not send it."),
            (remembered.GetProperty("decision").GetString(), remembered.GetProperty("because").GetString()));
        var first = (await world.RunAsync("run", "events", "--json")).Ended(0).Run;
        Assert.Equal((3, 0), (first.GetProperty("unchanged").GetInt32(), first.GetProperty("planned").GetInt32()));
        Assert.Contains("was there when the sync began", (await world.RunAsync("explain", "events", "e-00001")).Ended(0).Output,
            StringComparison.Ordinal);

        (await world.RunAsync("run", "visitors")).Ended(0);
        world.Edit("syncs/visitors.yaml", "fields:", "group: agent\ncreate_fields: true\nfields:");
        Assert.Equal(3, (await world.RunAsync("plan", "visitors", "--json")).Ended(0).Json.GetProperty("syncs")[0].GetProperty("reasons")
            .GetProperty("new").GetInt32());
        var moved = (await world.RunAsync("explain", "visitors", "v-00001", "--json")).Ended(0).Json;
        Assert.Equal(("new", JsonValueKind.Null),
            (moved.GetProperty("decision").GetString(), moved.GetProperty("accepted_fingerprint").ValueKind));
        Assert.Contains("belongs to another connection", moved.GetProperty("because").GetString(), StringComparison.Ordinal);

        world.Edit("syncs/events.yaml", "key: id", "key: at");
        var plan = (await world.RunAsync("plan", "events", "--json")).Ended(2).Json.GetProperty("syncs")[0].GetProperty("error");
        var story = (await world.RunAsync("explain", "events", "e-00001", "--json")).Ended(2).Json.GetProperty("error");
        Assert.Equal(plan.GetRawText(), story.GetRawText());
    }

    [Fact]
    public async Task Status_runs_explain_reset_and_cancel_tell_where_a_sync_stands()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 20, events: 30);
        var before = (await world.RunAsync("status", "--json")).Ended(0).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(["events", "visitors"], before.Select(s => s.GetProperty("name").GetString()));
        Assert.All(before, s => Assert.Equal(JsonValueKind.Null, s.GetProperty("last_run").ValueKind));
        Assert.False(Directory.Exists(Path.Combine(world.Folder, ".pendosync")), "status wrote state");
        var fresh = (await world.RunAsync("explain", "visitors", "v-00003", "--json")).Ended(0).Json;
        Assert.Equal(("new", JsonValueKind.Null),
            (fresh.GetProperty("decision").GetString(), fresh.GetProperty("accepted_fingerprint").ValueKind));

        (await world.RunAsync("run")).Ended(0);
        var after = (await world.RunAsync("status", "--json")).Ended(0).Json.GetProperty("items")[0];
        Assert.Equal(("idle", "completed", 30), (after.GetProperty("state").GetString(), after.GetProperty("last_run").GetProperty("state")
            .GetString(), after.GetProperty("last_run").GetProperty("accepted").GetInt32()));
        var story = (await world.RunAsync("explain", "visitors", "v-00003", "--json")).Ended(0).Json;
        Assert.Equal(("unchanged", "accepted"), (story.GetProperty("decision").GetString(), story.GetProperty("last_outcome").GetString()));
        Assert.Equal(story.GetProperty("fingerprint").GetString(), story.GetProperty("accepted_fingerprint").GetString());
        Assert.Equal("""{"visitorId":"v-00003","values":{"plan":"pro","seats":3}}""", story.GetProperty("record").GetRawText());
        Assert.Equal(3, story.GetProperty("row").GetProperty("seats").GetInt32());
        var sent = (await world.RunAsync("explain", "events", "e-00003", "--json")).Ended(0).Json;
        Assert.Equal(("unchanged", "accepted"), (sent.GetProperty("decision").GetString(), sent.GetProperty("last_outcome").GetString()));

        Assert.Equal(0, (await world.RunAsync("reset", "events", "--json")).Ended(0).Json.GetProperty("go_again").GetInt32());
        Assert.Equal(30, (await world.RunAsync("run", "events", "--json")).Ended(0).Run.GetProperty("unchanged").GetInt32());
        Assert.Equal(30, (await world.RunAsync("reset", "events", "--forget-events", "--json"))
            .Ended(0).Json.GetProperty("go_again").GetInt32());
        Assert.Equal(30, (await world.RunAsync("run", "events", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
        (await world.RunAsync("reset", "visitors")).Ended(0);
        Assert.Equal(20, (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());

        var runs = (await world.RunAsync("runs", "events", "--json", "--limit", "2")).Ended(0).Json;
        Assert.Equal(2, runs.GetProperty("items").GetArrayLength());
        Assert.Contains("'zzz' is not the id of a run", (await world.RunAsync("runs", "events", "--after", "zzz")).Ended(2).Error,
            StringComparison.Ordinal);
        var rest = (await world.RunAsync("runs", "events", "--json", "--after", runs.GetProperty("next").GetString()!)).Ended(0).Json;
        Assert.Equal((1, JsonValueKind.Null), (rest.GetProperty("items").GetArrayLength(), rest.GetProperty("next").ValueKind));
        var idle = (await world.RunAsync("cancel", "events", "--json")).Ended(0).Json;
        Assert.Equal(JsonValueKind.Null, idle.GetProperty("run").ValueKind);
    }
}
