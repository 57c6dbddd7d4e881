using PendoSync.State;

namespace PendoSync.Tests.EndToEnd;

public sealed class VisitorTests
{
    private const string Fields = """
        model: { table: visitors }
        object: visitor
        behavior: update_or_create
        key: id
        fields: { plan: plan, seats: seats }
        batch_size: 100
        """;

    [Fact]
    public async Task Only_changed_rows_are_sent_again()
    {
        await using var world = await Installation.StartAsync("visitor:plan:string", "visitor:seats:float");
        world.Execute(
            "create table visitors(id text, plan text, seats integer); with recursive n(i) as (select 1 union all select i+1 from n where "
            + "i<1000) insert into visitors select 'v'||i, 'free', i from n");
        world.Sync("health", Fields);

        var first = await world.RunAsync("health");
        Assert.Null(first.Error);
        Assert.Equal((RunState.Completed, 1000L, 1000L, 10L), (first.State, first.Counts.Read, first.Counts.Accepted, first.Counts.Calls));

        var second = await world.RunAsync("health");
        Assert.Equal((RunState.Completed, 1000L, 0L, 0L),
            (second.State, second.Counts.Unchanged, second.Counts.Planned, second.Counts.Calls));

        world.Execute("update visitors set plan='team' where seats % 100 = 0");
        var third = await world.RunAsync("health");
        Assert.Equal((10L, 990L, 1L), (third.Counts.Accepted, third.Counts.Unchanged, third.Counts.Calls));

        var records = await world.Simulator.Control.RecordsAsync("visitor").ToListAsync();
        Assert.Equal(1000, records.Count);
    }

    [Fact]
    public async Task A_field_is_created_with_its_column_s_type_and_filled_with_its_values()
    {
        await using var world = await Installation.StartAsync();
        world.Execute("create table visitors(id text, plan text, seats integer); insert into visitors values ('v1', 'free', 42)");
        world.Sync("health", Fields + "\ncreate_fields: true");

        var run = await world.RunAsync("health");
        Assert.Null(run.Error);
        Assert.Equal(1L, run.Counts.Accepted);
        Assert.Contains("\"plan\":\"free\",\"seats\":42", Assert.Single(await world.Simulator.Control.RecordsAsync("visitor").ToListAsync())
            .GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1 + 1", "1.5", "\"fresh\":2}", "\"fresh\":1.5}")]
    [InlineData("upper('a')", "null", "\"fresh\":\"A\"}", "\"v2\"}")]
    [InlineData("'7'", "'8'", "\"fresh\":\"7\"}", "\"fresh\":\"8\"}")]
    [InlineData("1", "'x'", null, null)]
    [InlineData("null", "null", null, null)]
    public async Task A_field_of_an_expression_is_created_with_the_type_of_its_cells(string one, string two, string? first, string? second)
    {
        await using var world = await Installation.StartAsync();
        world.Execute($"create view visitors as select 'v1' as id, {one} as fresh union all select 'v2', {two}");
        world.Sync("health", Fields.Replace("{ plan: plan, seats: seats }", "\"*\"", StringComparison.Ordinal) + "\ncreate_fields: true");

        var run = await world.RunAsync("health");
        var lines = await world.Simulator.Control.RecordsAsync("visitor").Select(r => r.GetRawText()).ToListAsync();
        Assert.Equal(first is null ? ProblemKind.Configuration : null, run.Error?.Kind);
        Assert.Equal(first is null ? 0 : 2, lines.Count);
        if (first is null)
            Assert.Contains("say `type: string`", run.Error!.Message, StringComparison.Ordinal);
        else
            Assert.True(lines[0].Contains(first, StringComparison.Ordinal) && lines[1].Contains(second!, StringComparison.Ordinal),
                string.Join('\n', lines));
    }

    [Fact]
    public async Task Refused_records_wait_and_bad_rows_are_invalid()
    {
        await using var world = await Installation.StartAsync("visitor:plan:string", "visitor:seats:float");
        await world.Simulator.Control.SeedAsync("visitor", "v1", "v2", "v3");
        world.Execute(
            "create table visitors(id text, plan text, seats); insert into visitors values "
            + "('v1','a',1),('v2','b',2),('v3','c','many'),('v4','d',4),(null,'x',1),('v1','again',9),('VISITOR-UNIQUE-ID','x',1)");
        world.Sync("health", Fields.Replace("update_or_create", "update_only", StringComparison.Ordinal));

        var first = await world.RunAsync("health");
        Assert.Null(first.Error);
        Assert.Equal((7L, 4L, 3L, 2L, 1L), (first.Counts.Read, first.Counts.Invalid, first.Counts.Planned, first.Counts.Accepted,
            first.Counts.NotFound));

        var second = await world.RunAsync("health");
        Assert.Equal((4L, 2L, 1L, 0L), (second.Counts.Invalid, second.Counts.Unchanged, second.Counts.Waiting, second.Counts.Planned));
    }
}
