using System.Globalization;
using PendoSimulator.Faults;
using PendoSync.Batches;
using PendoSync.State;

namespace PendoSync.Tests.EndToEnd;

/// <summary>Which fields a run changed, told by what Pendo held before.</summary>
public sealed class ChangedFieldsTests
{
    [Fact]
    public async Task A_run_counts_by_field_what_its_first_changed_records_changed()
    {
        await using var place = await StartAsync();
        Assert.Null((await place.RunAsync("people")).ChangedFields);
        place.Execute("update people set plan = 'y' where rowid <= 8; update people set seats = seats + 1 where rowid between 6 and 10");
        place.Execute("insert into people values ('new', 'x', 1)");

        var run = await place.RunAsync("people");
        Assert.Equal("10: plan 8, seats 5", Told(run));
        Assert.Equal(10, (await place.Simulator.Control.CallsAsync()).Count(c => c.Endpoint == "record_read"));
        place.Execute("update people set plan = 'z'");
        Assert.Equal("20: plan 20", Told(await place.RunAsync("people")));
        Assert.Null((await place.RunAsync("people")).ChangedFields);
        // What somebody else has written meanwhile is what Pendo held.
        Assert.Equal("20: ", Told(await place.RunAsync("people", RunMode.Full)));
    }

    [Fact]
    public async Task Pendo_that_cannot_be_read_costs_the_run_nothing()
    {
        await using var place = await StartAsync();
        await place.RunAsync("people");
        await place.Simulator.Control.AddFaultsAsync(new FaultRule { Endpoint = "record_read", Action = FaultAction.Status, Status = 500 });
        place.Execute("update people set plan = 'y'");

        var run = await place.RunAsync("people");
        Assert.Equal((RunState.Completed, 40L, null), (run.State, run.Counts.Accepted, run.ChangedFields));
    }

    private static string Told(RunRecord run) => string.Create(CultureInfo.InvariantCulture, $"{run.ChangedFields!.Compared}: "
        + $"{string.Join(", ", run.ChangedFields.Fields.Select(f => $"{f.Field} {f.Records}"))}");

    private static async Task<Installation> StartAsync()
    {
        var place = await Installation.StartAsync("visitor:plan:string", "visitor:seats:integer");
        place.Execute("create table people(id text, plan text, seats integer); with recursive n(i) as (select 1 union all select i + 1 "
            + "from n where i < 40) insert into people select 'v' || i, 'x', i from n");
        place.Sync("people", "model: { table: people }\nobject: visitor\nbehavior: update_or_create\nkey: id\n"
            + "fields: { plan: plan, seats: seats }\n");
        return place;
    }
}
