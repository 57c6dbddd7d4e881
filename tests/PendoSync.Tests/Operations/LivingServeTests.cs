using System.Runtime.CompilerServices;
using PendoSync.Tests.Operations.Served;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Operations;

/// <summary>What changes under a <c>serve</c> that runs: its definitions, and its state.</summary>
public sealed class LivingServeTests
{
    [Fact]
    public async Task An_edit_counts_for_the_next_run_and_a_broken_one_keeps_the_last_good_one_and_says_so()
    {
        await using var project = await ServedProject.StartAsync();
        Assert.Equal(3, (int)(await project.RunAsync())["accepted"]!);

        // Another mapping, and another sync.
        project.Sync("people", "people", "limits: { max_invalid_percent: 50 }");
        project.Execute("create table others(id text, plan text); insert into others values ('w1', 'x')");
        project.Sync("others", "others");
        await UntilAsync(project, h => (int)h["syncs"]! == 2);
        Assert.Equal(1, (int)(await project.RunAsync("others"))["accepted"]!);

        project.Write("syncs/others.yaml", "name: others\nnonsense: [");
        await UntilAsync(project, h => (string)h["status"]! == "failing");
        Assert.Contains("syncs/others.yaml", (await project.GetAsync("/api/health"))["problems"]!.ToJsonString(), StringComparison.Ordinal);
        project.Execute("insert into others values ('w2', 'x')");
        Assert.Equal(1, (int)(await project.RunAsync("others"))["accepted"]!);
        Assert.Contains("syncs/others.yaml", await project.Http.GetStringAsync("/api/status"), StringComparison.Ordinal);

        project.Sync("others", "people");
        await UntilAsync(project, h => (string)h["status"]! == "ok");
        Assert.Equal(3, (int)(await project.RunAsync("others"))["accepted"]!);
        File.Delete(Path.Combine(project.Folder, "syncs/others.yaml"));
        await UntilAsync(project, h => (int)h["syncs"]! == 1);
    }

    [Fact]
    public async Task A_run_that_is_asked_for_right_after_an_edit_goes_by_it()
    {
        await using var project = await ServedProject.StartAsync();
        await project.RunAsync();
        for (var i = 0; i < 3; i++)
        {
            project.Write("syncs/people.yaml",
                $"name: people\nwarehouse: local\nmodel: {{ sql: \"select id, plan || '{i}' as plan from people\" }}\n"
                + "pendo: test\nobject: visitor\nbehavior: update_or_create\nkey: id\nfields: { plan: plan }\n");
            Assert.Equal(3, (int)(await project.RunAsync())["accepted"]!);
        }
    }

    [Fact]
    public async Task A_state_that_is_taken_away_ends_it_within_seconds_with_a_clear_word()
    {
        await using var project = await ServedProject.StartAsync();
        await project.RunAsync();
        Directory.Move(Path.Combine(project.Folder, ".pendosync"), Path.Combine(project.Folder, "elsewhere"));

        var problem = await project.EndsAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(ProblemKind.State, problem.Problem.Kind);
        Assert.Contains("deleted or moved while it was in use", problem.Problem.Message, StringComparison.Ordinal);
    }

    private static async Task UntilAsync(ServedProject project, Func<System.Text.Json.Nodes.JsonNode, bool> holds,
        [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        await Until.HoldsAsync(async () => holds(await project.GetAsync("/api/health")), what);
    }
}
