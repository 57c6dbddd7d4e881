using System.Text.Json.Nodes;
using PendoSimulator;
using PendoSimulator.Faults;
using static PendoSync.Tests.Simulator.SimulatedSubscription;

namespace PendoSync.Tests.Simulator;

/// <summary>Points that Pendo's documents leave open, each as it is by default and as its switch makes it.</summary>
public sealed class SwitchTests
{
    private const string Value = "/api/v1/metadata/visitor/custom/value/v/";

    [Theory]
    [InlineData("{}")]
    [InlineData("""[{"visitorId":"v"}]""")]
    [InlineData("[")]
    public async Task Malformed_bulk_body_has_a_status_of_its_own(string body)
    {
        await using var pendo = await StartAsync();
        Assert.Equal(400, (int)(await pendo.PostAsync(Bulk, body)).Status);
        await pendo.Control.ChangeOptionsAsync(new JsonObject { ["malformedBulkStatus"] = 422 });
        Assert.Equal(422, (int)(await pendo.PostAsync(Bulk, body)).Status);
        Assert.Equal(400, (int)(await pendo.WriteAsync("v", """{"nope":1}""")).Status);
    }

    [Fact]
    public async Task Single_value_of_an_unknown_field_or_of_the_wrong_type_has_a_status_of_its_own()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.SeedAsync("visitor", "v");
        Assert.Equal((400, 400, 400, 400), await StatusesAsync());
        await pendo.Control.ChangeOptionsAsync(new JsonObject { ["unknownFieldStatus"] = 404, ["unfitValueStatus"] = 422 });
        Assert.Equal((404, 404, 422, 422), await StatusesAsync());

        async Task<(int, int, int, int)> StatusesAsync() =>
        (
            (int)(await pendo.GetAsync(Value + "nope")).Status,
            (int)(await pendo.SendAsync(HttpMethod.Put, Value.Replace("custom", "agent", StringComparison.Ordinal) + "nope", "1")).Status,
            (int)(await pendo.SendAsync(HttpMethod.Put, Value + "seats", "\"x\"")).Status,
            (int)(await pendo.SendAsync(HttpMethod.Put, Value + "seats", "{")).Status);
    }

    [Fact]
    public async Task Created_records_are_left_out_of_updated_when_switched_so()
    {
        const string body =
            """[{"visitorId":"old","values":{}},{"visitorId":"new","values":{}},{"visitorId":"bad","values":{"seats":"x"}}]""";
        await using var pendo = await StartAsync(o => o with { CreatedCountAsUpdated = false, CountCreated = true });
        await pendo.Control.SeedAsync("visitor", "old");
        var reply = await pendo.PostAsync(Bulk + "?create=true", body);
        Assert.Equal((3, 1, 1), reply.Counts);
        Assert.Equal(1, reply.Json.GetProperty("created").GetInt32());

        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.WrongCounts, TotalOff = 1 });
        await pendo.Control.ResetAsync(new(Faults: false));
        Assert.Equal((4, 0, 1), (await pendo.PostAsync(Bulk + "?create=true", body)).Counts);
    }

    [Theory]
    [InlineData(EmptyTextPolicy.Store, """{"id":"v","custom":{"plan":""}}""", 1)]
    [InlineData(EmptyTextPolicy.Clear, """{"id":"v"}""", 0)]
    [InlineData(EmptyTextPolicy.Ignore, """{"id":"v","custom":{"plan":"pro","seats":1}}""", 0)]
    public async Task Empty_text_is_stored_or_clears_or_does_nothing(EmptyTextPolicy policy, string stored, int failed)
    {
        await using var pendo = await StartAsync(o => o with { EmptyText = policy });
        await pendo.WriteAsync("v", """{"plan":"pro","seats":1}""");
        Assert.Equal((1, 1 - failed, failed), (await pendo.WriteAsync("v", """{"seats":""}""")).Counts);
        await pendo.WriteAsync("v", policy == EmptyTextPolicy.Store ? """{"plan":"","seats":null}""" : """{"plan":""}""");
        Assert.Equal([stored], await pendo.LinesAsync());
        await pendo.Control.ResetAsync();
        await pendo.WriteAsync("v", """{"plan":"pro","seats":1}""");
        Assert.Equal(failed == 0 ? 200 : 400, (int)(await pendo.SendAsync(HttpMethod.Put, Value + "seats", "\"\"")).Status);
        await pendo.SendAsync(HttpMethod.Put, Value + "plan", "\"\"");
        Assert.Equal(policy == EmptyTextPolicy.Store ? ["""{"id":"v","custom":{"plan":"","seats":1}}"""] : [stored],
            await pendo.LinesAsync());
    }

    [Fact]
    public async Task Id_of_a_parent_account_has_the_name_that_is_switched()
    {
        await using var pendo = await StartAsync(o => o with { ParentAccounts = true, ParentAccountIdName = "accountId" });
        const string path = "/api/v1/metadata/parentAccount/custom/value?create=true";
        Assert.Contains("accountId", (await pendo.PostAsync(path, """[{"parentAccountId":"p","values":{}}]""")).Body,
            StringComparison.Ordinal);
        Assert.Equal((1, 1, 0), (await pendo.PostAsync(path, """[{"accountId":"p","values":{}}]""")).Counts);
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.Status, RecordIds = ["p"] });
        Assert.Equal(500, (int)(await pendo.PostAsync(path, """[{"accountId":"p","values":{}}]""")).Status);
    }

    [Fact]
    public async Task Bulk_call_of_too_many_records_or_bytes_is_refused_with_one_status()
    {
        const string two = """[{"visitorId":"a","values":{}},{"visitorId":"b","values":{}}]""";
        await using var pendo = await StartAsync(o => o with { MaxBulkRecords = 1 });
        Assert.Equal(413, (int)(await pendo.PostAsync(Bulk + "?create=true", two)).Status);
        Assert.Empty(await pendo.LinesAsync());
        Assert.Equal(200, (int)(await pendo.WriteAsync("a", "{}")).Status);
        await pendo.Control.ChangeOptionsAsync(new JsonObject
        {
            ["maxBulkRecords"] = 0,
            ["maxBodyBytes"] = two.Length - 1,
            ["tooLargeStatus"] = 400
        });
        Assert.Equal(400, (int)(await pendo.PostAsync(Bulk, two)).Status);
    }

    [Theory]
    [InlineData(512, 511, false)]
    [InlineData(512, 513, true)]
    [InlineData(0, 5000, false)]
    [InlineData(1024, 1000, false)]
    public async Task Properties_carry_a_flag_from_the_switched_size_on(int limit, int bytes, bool flagged)
    {
        await using var pendo = await StartAsync(o => o with { MaxPropertiesBytes = limit });
        await pendo.TrackAsync(
            Event(DateTimeOffset.UtcNow, properties: $$"""{"p":"{{new string('x', bytes - """{"p":""}""".Length)}}"}"""));
        Assert.Equal(flagged, (await pendo.Control.StateAsync()).Events.Flags.ContainsKey("properties_too_large"));
    }

    [Fact]
    public async Task Fault_for_a_record_meets_the_event_of_it_and_not_one_that_names_it_elsewhere()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.Status, RecordIds = ["v"] });
        Assert.Equal(500, (int)(await pendo.TrackAsync(Event(DateTimeOffset.UtcNow))).Status);
        Assert.Equal(200,
            (int)(await pendo.TrackAsync(Event(DateTimeOffset.UtcNow, "w", name: "v", properties: """{"visitorId":"v"}"""))).Status);
    }
}
