using System.Text.Json;
using PendoSimulator;
using PendoSimulator.Faults;
using static PendoSync.Tests.Simulator.SimulatedSubscription;

namespace PendoSync.Tests.Simulator;

public sealed class AggregationTests
{
    private const string Path = "/api/v1/aggregation";
    private const string Select = """{"select":{"id":"visitorId","plan":"metadata.custom.plan","at":"metadata.custom.renewal"}}""";

    [Theory]
    [InlineData("""{"source":{"visitors":null}},{"sort":["visitorId"]},{"limit":3}""", "B a")]
    [InlineData("""{"source":{"visitors":{"identified":true}}},{"sort":["visitorId"]},{"limit":2}""", "B a")]
    [InlineData("""{"source":{"visitors":null}},{"filter":"visitorId>\"a\""},{"sort":["visitorId"]},{"limit":2}""", "a\"1 b")]
    [InlineData("""{"source":{"visitors":null}},{"filter":"visitorId > \"a\\\"1\""},{"sort":["visitorId"]},{"limit":9}""", "b c")]
    [InlineData("""{"source":{"visitors":null}},{"filter":"visitorId==\"c\" || (visitorId<\"a\" && visitorId!=\"_PENDO_T_x\")"}""", "c B")]
    [InlineData("""{"source":{"visitors":null}},{"identified":"visitorId"},{"sort":["-visitorId"]},{"skip":1},{"limit":2}""", "b a\"1")]
    [InlineData("""{"source":{"visitors":{"identified":true}}},{"limit":2},{"sort":["visitorId"]}""", "a c")]
    public async Task Pipeline_gives_the_ids_in_the_order_of_its_steps(string steps, string ids)
    {
        await using var pendo = await StartAsync();
        await pendo.Control.SeedAsync("visitor", "c", "a", "_PENDO_T_x", "b", "B", "a\"1");
        Assert.Equal(ids, string.Join(' ', (await RowsAsync(pendo, steps)).Select(r => r.GetProperty("visitorId").GetString())
            .Where(id => id != "_PENDO_T_x")));
    }

    [Theory]
    [InlineData(TimeForm.Milliseconds, false, """{"id":"a","at":1767225600250}""")]
    [InlineData(TimeForm.Text, false, """{"id":"a","at":"2026-01-01T00:00:00.250Z"}""")]
    [InlineData(TimeForm.Text, true, """{"id":"a","plan":null,"at":"2026-01-01T00:00:00.250Z"}""")]
    public async Task Times_and_values_that_are_not_there_come_as_switched(TimeForm times, bool nulls, string row)
    {
        await using var pendo = await StartAsync(o => o with { AggregationTimes = times, AggregationNullsShown = nulls });
        await pendo.WriteAsync("a", """{"renewal":"2026-01-01T01:00:00.25+01:00"}""");
        Assert.Equal(row, (await RowsAsync(pendo, """{"source":{"visitors":null}},""" + Select)).Single().GetRawText());
    }

    [Fact]
    public async Task Without_select_a_row_holds_its_metadata_and_a_new_record_is_in_its_place_at_once()
    {
        await using var pendo = await StartAsync(o => o with { ParentAccounts = true });
        await pendo.WriteAsync("b", """{"plan":"pro"}""");
        const string sorted = """{"source":{"visitors":null}},{"sort":["visitorId"]}""";
        Assert.Equal("pro", (await RowsAsync(pendo, sorted)).Single().GetProperty("metadata").GetProperty("custom").GetProperty("plan")
            .GetString());
        await pendo.WriteAsync("a", "{}");
        Assert.Equal("a", (await RowsAsync(pendo, sorted))[0].GetProperty("visitorId").GetString());
        await pendo.Control.SeedAsync("account", "acme");
        await pendo.Control.SeedAsync("parentAccount", "group");
        Assert.Equal("acme", (await RowsAsync(pendo, """{"source":{"accounts":null}}""")).Single().GetProperty("accountId").GetString());
        Assert.Equal("group", (await RowsAsync(pendo, """{"source":{"parentAccounts":null}}""")).Single().GetProperty("parentAccountId")
            .GetString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[")]
    [InlineData("""{"request":{"pipeline":[]}}""")]
    [InlineData("""{"request":{"pipeline":[{"source":{"guides":null}}]}}""")]
    [InlineData("""{"request":{"pipeline":[{"source":{"visitors":null}},{"filter":"plan==\"pro\""}]}}""")]
    [InlineData("""{"request":{"pipeline":[{"source":{"visitors":null}},{"filter":"visitorId>\"a"}]}}""")]
    [InlineData("""{"request":{"pipeline":[{"source":{"visitors":null}},{"group":{}}]}}""")]
    public async Task What_it_does_not_know_is_refused(string body)
    {
        await using var pendo = await StartAsync();
        Assert.Equal(400, (int)(await pendo.PostAsync(Path, body)).Status);
    }

    [Fact]
    public async Task Limits_and_access_are_switches()
    {
        await using var pendo = await StartAsync(o => o with { MaxAggregationRows = 2 });
        await pendo.Control.SeedAsync("visitor", "a", "b", "c");
        const string all = """{"request":{"pipeline":[{"source":{"visitors":null}}]}}""";
        Assert.Equal(408, (int)(await pendo.PostAsync(Path, all)).Status);
        await pendo.Control.ChangeOptionsAsync(new() { ["maxAggregationRows"] = 0, ["maxAggregationBytes"] = 40 });
        Assert.Equal(408, (int)(await pendo.PostAsync(Path, all)).Status);
        await pendo.Control.ChangeOptionsAsync(new() { ["maxAggregationBytes"] = 0 });
        Assert.Equal(403, (int)(await pendo.PostAsync(Path, all, ReadOnlyKey)).Status);
        await pendo.Control.ChangeOptionsAsync(new() { ["aggregationNeedsWriteAccess"] = false });
        Assert.Equal(200, (int)(await pendo.PostAsync(Path, all, ReadOnlyKey)).Status);
    }

    [Theory]
    [InlineData(FaultAction.RowsDisordered, "b c a")]
    [InlineData(FaultAction.RowsRepeated, "a a b c")]
    [InlineData(FaultAction.RowsLost, "a b")]
    public async Task Rows_go_wrong_on_command(FaultAction action, string ids)
    {
        await using var pendo = await StartAsync();
        await pendo.Control.SeedAsync("visitor", "a", "b", "c");
        await pendo.Control.AddFaultsAsync(new FaultRule { Endpoint = "aggregation", Action = action });
        Assert.Equal(ids, string.Join(' ', (await RowsAsync(pendo, """{"source":{"visitors":null}}"""))
            .Select(r => r.GetProperty("visitorId").GetString())));
    }

    [Theory]
    [InlineData(IdOrder.Ordinal, "B a 😀 ﬀ")]
    [InlineData(IdOrder.Bytes, "B a ﬀ 😀")]
    [InlineData(IdOrder.IgnoreCase, "a B ﬀ 😀")]
    public async Task Order_of_ids_is_a_switch(IdOrder order, string ids)
    {
        await using var pendo = await StartAsync(o => o with { AggregationOrder = order });
        await pendo.Control.SeedAsync("visitor", "ﬀ", "a", "😀", "B");
        Assert.Equal(ids, string.Join(' ', (await RowsAsync(pendo, """{"source":{"visitors":null}},{"sort":["visitorId"]}"""))
            .Select(r => r.GetProperty("visitorId").GetString())));
    }

    private static async Task<List<JsonElement>> RowsAsync(SimulatedSubscription pendo, string steps)
    {
        var reply = await pendo.PostAsync(Path,
            """{"response":{"mimeType":"application/json"},"request":{"requestId":"r","pipeline":[""" + steps + "]}}");
        Assert.True((int)reply.Status == 200, reply.Body);
        return [.. reply.Json.GetProperty("results").EnumerateArray()];
    }
}
