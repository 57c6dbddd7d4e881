using PendoSync.Tests.Warehouses.PagingKit;

namespace PendoSync.Tests.Cli;

/// <summary>The command line on a project of each REST system, whose stand-in follows the vendor's documented contract.</summary>
public sealed class RestWarehouseTests
{
    public static TheoryData<string> Types => ["snowflake", "bigquery", "databricks", "elasticsearch", "google_sheets"];

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Check_and_plan_work(string type)
    {
        await using var standIn = await WarehouseStandIn.StartAsync(type);
        await using var world = await WarehouseWorld.CreateAsync(type);
        world.Connect(standIn.At(), standIn.Secret);
        await world.AssertCheckedAndPlannedAsync();
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Refused_login_is_one_line_with_its_fix_and_without_the_secret(string type)
    {
        await using var standIn = await WarehouseStandIn.StartAsync(type);
        await using var world = await WarehouseWorld.CreateAsync(type);
        world.Connect(standIn.At(), standIn.WrongSecret);
        await world.AssertCheckRefusedAsync(2, "", standIn.Planted);
        await world.AssertPlanRefusedAsync(2, "", standIn.Planted);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Host_that_is_not_there_is_one_line_with_its_fix(string type)
    {
        await using var standIn = await WarehouseStandIn.StartAsync(type);
        await using var world = await WarehouseWorld.CreateAsync(type);
        world.Connect(standIn.At("https://no-such-host.invalid"), standIn.Secret);
        await world.AssertCheckRefusedAsync(3, "host", standIn.Planted);
    }

    // Before, such a run was complete: its cursor moved past the rows that never came, and they were lost for good.
    [Fact]
    public async Task Rows_that_were_announced_and_not_sent_come_with_the_next_run()
    {
        await using var standIn = await WarehouseStandIn.StartAsync("snowflake");
        await using var world = await WarehouseWorld.CreateAsync("snowflake");
        world.Connect(standIn.At(), standIn.Secret);
        world.ReadFrom("people, cursor: updated_at");
        standIn.Server.Spoil(r => r.Parameter("partition") == "2", HostilePages.Kinds["a sign-in page"], int.MaxValue);
        var failed = (await world.RunAsync("run", "people", "--json")).Json.GetProperty("runs")[0];
        Assert.Equal("failed", failed.GetProperty("state").GetString());
        Assert.Equal("transient", failed.GetProperty("error").GetProperty("kind").GetString());
        standIn.Server.Heal();
        var run = (await world.RunAsync("run", "people", "--json")).Ended(0).Json.GetProperty("runs")[0];
        Assert.Equal(WarehouseWorld.Rows.Count, run.GetProperty("read").GetInt32());
        Assert.True(run.GetProperty("accepted").GetInt32() + run.GetProperty("unchanged").GetInt32() == WarehouseWorld.Rows.Count,
            run.GetRawText());
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Missing_table_is_one_line_with_its_fix(string type)
    {
        await using var standIn = await WarehouseStandIn.StartAsync(type);
        await using var world = await WarehouseWorld.CreateAsync(type);
        world.Connect(standIn.At(), standIn.Secret);
        world.ReadFrom("nowhere");
        await world.AssertCheckRefusedAsync(2, "", standIn.Planted);
    }
}
