using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using PendoSimulator;
using PendoSimulator.Control;
using PendoSimulator.Faults;
using PendoSimulator.Records;
using static PendoSync.Tests.Simulator.SimulatedSubscription;

namespace PendoSync.Tests.Simulator;

public sealed class ControlTests
{
    [Fact]
    public async Task Checksum_is_the_sum_over_the_canonical_lines_whatever_the_order()
    {
        string[] lines = ["""{"id":"a","custom":{"plan":"x","seats":3}}""", """{"id":"b","agent":{"tags":["t"]},"custom":{"score":1.5}}"""];
        var sum = 0UL;
        foreach (var line in lines)
            sum = unchecked(sum + BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(line))));

        await using var one = await StartAsync();
        await one.WriteAsync("a", """{"seats":3,"plan":"x"}""");
        await one.WriteAsync("b", """{"score":1.50}""");
        await one.PostAsync("/api/v1/metadata/visitor/agent/value", """[{"visitorId":"b","values":{"tags":["t"]}}]""");
        await using var other = await StartAsync();
        await other.PostAsync("/api/v1/metadata/visitor/agent/value?create=true", """[{"visitorId":"b","values":{"tags":[ "t" ]}}]""");
        await other.WriteAsync("b", """{"score":15e-1}""");
        await other.WriteAsync("a", """{"plan":"y","seats":3}""");
        await other.WriteAsync("a", """{"plan":"\u0078"}""");

        var expected = new RecordChecksum("visitor", 2, sum.ToString("x16"));
        Assert.Equal(expected, await one.Control.ChecksumAsync("visitor"));
        Assert.Equal(expected, await other.Control.ChecksumAsync("visitor"));
        await other.WriteAsync("a", """{"plan":"z"}""");
        Assert.NotEqual(expected, await other.Control.ChecksumAsync("visitor"));
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("-0.00", "0")]
    [InlineData("1.0", "1")]
    [InlineData("1.50", "1.5")]
    [InlineData("-12.340", "-12.34")]
    [InlineData("1e3", "1000")]
    [InlineData("1.5E-3", "0.0015")]
    [InlineData("12345678901234567890.123456789", "12345678901234567890.123456789")]
    [InlineData("120e-1", "12")]
    [InlineData("0.00e5", "0")]
    [InlineData("1e-401", "1e-401")]
    [InlineData("1e99999999999", "1e99999999999")]
    public void Number_has_one_plain_spelling(string written, string canonical)
    {
        var buffer = new ByteBuffer();
        CanonicalJson.AppendNumber(Encoding.ASCII.GetBytes(written), buffer);
        Assert.Equal(canonical, Encoding.ASCII.GetString(buffer.Written));
    }

    [Fact]
    public void Text_escapes_only_quote_backslash_and_control_characters() =>
        Assert.Equal("\"/<é\U0001F600\\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001f\u007f\"",
            CanonicalJson.Quote("/<é\U0001F600\"\\\b\t\n\f\r\0\u001f\u007f"));

    [Fact]
    public async Task Records_come_in_pages()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.SeedAsync(new SeedRequest("visitor", Prefix: "v-", From: 1, Count: 2500));
        var ids = new List<string>();
        for (var before = -1; ids.Count != before;)
        {
            before = ids.Count;
            await foreach (var record in pendo.Control.RecordsAsync("visitor", after: ids.Count, limit: 1100))
                ids.Add(record.GetProperty("id").GetString()!);
        }
        Assert.Equal(Enumerable.Range(1, 2500).Select(n => $"v-{n}"), ids);
    }

    [Fact]
    public async Task State_counts_calls_by_endpoint_and_status()
    {
        await using var pendo = await StartAsync();
        await pendo.WriteAsync("a", "{}");
        await pendo.WriteAsync("b", """{"nope":1}""");
        await pendo.TrackAsync(Event(DateTimeOffset.UtcNow));
        await pendo.GetAsync("/api/v1/elsewhere");
        var state = await pendo.Control.StateAsync();
        Assert.Equal(1, state.Records["visitor"]);
        Assert.Equal(4, state.Calls.Total);
        Assert.Equal((1, 1, 1, 1), (state.Calls.Count("value_bulk", 200), state.Calls.Count("value_bulk", 400),
            state.Calls.Count("track", 200), state.Calls.Count("unknown", 404)));
        var last = (await pendo.Control.CallsAsync(last: 2))[0];
        Assert.Equal(("track", 200, 1, "/data/track"), (last.Endpoint, last.Status, last.Records, last.Path));
    }

    [Fact]
    public async Task Peaks_show_concurrent_calls_and_calls_in_a_second()
    {
        await using var pendo = await StartAsync(time: new StillTime());
        await pendo.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.Silence, Endpoint = "value_bulk" });
        using var end = new CancellationTokenSource();
        using var body = new StringContent("[]");
        var waiting = Enumerable.Range(0, 4).Select(_ => pendo.Http.PostAsync(Bulk, body, end.Token)).ToList();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await pendo.Control.StateAsync(patience.Token)).Calls.ApiPeaks.MaxConcurrent < 4)
            await Task.Yield();
        await pendo.TrackAsync(Event(DateTimeOffset.UtcNow));
        var calls = (await pendo.Control.StateAsync()).Calls;
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(waiting));
        Assert.Equal(new CallPeaks(4, 4), calls.ApiPeaks);
        Assert.Equal(new CallPeaks(1, 1), calls.DataPeaks);
    }

    [Fact]
    public async Task Rate_limit_answers_with_429()
    {
        await using var pendo = await StartAsync(o => o with { RateLimitPerSecond = 3, RateLimitRetryAfter = "1" }, new StillTime());
        var replies = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => pendo.PostAsync(Bulk, "[]")));
        Assert.Equal(2, replies.Count(r => r is { Status: HttpStatusCode.TooManyRequests, RetryAfter: "1" }));
    }

    [Fact]
    public async Task Options_change_while_it_runs_and_reset_brings_back_the_beginning()
    {
        await using var pendo = await StartAsync();
        await pendo.Control.ChangeOptionsAsync(new JsonObject { ["unknownField"] = "auto_create_text" });
        Assert.Equal((1, 1, 0), (await pendo.WriteAsync("v", """{"color":"red"}""")).Counts);
        await pendo.Control.ResetAsync(new ResetRequest(Records: false));
        Assert.Equal(["""{"id":"v","custom":{"color":"red"}}"""], await pendo.LinesAsync());
        await pendo.Control.ResetAsync();
        Assert.Empty(await pendo.LinesAsync());
        Assert.False((await pendo.GetAsync("/api/v1/metadata/schema/visitor")).Json.GetProperty("custom").TryGetProperty("color", out _));
    }

    [Fact]
    public void Arguments_become_options()
    {
        var options = SimulatorArguments.Parse(
            ["--port", "4010", "--key", "k", "--read-only-key", "r", "--track", "app=s=1", "--field", "visitor:plan:string", "--field",
                "account:agent:size:float",
             "--set", "errorEntries=object", "--set", "maxBodyBytes=5", "--set", "callTimeLimit=00:00:02"]);
        Assert.Equal(4010, options.Port);
        Assert.Equal(new Dictionary<string, bool> { ["k"] = true, ["r"] = false }, options.IntegrationKeys);
        Assert.Equal(new Dictionary<string, string> { ["app"] = "s=1" }, options.TrackSecrets);
        Assert.Equal([new("visitor", "custom", "plan", "string"), new("account", "agent", "size", "float")], options.Fields);
        Assert.Equal((ErrorEntryFormat.Object, 5, TimeSpan.FromSeconds(2)),
            (options.ErrorEntries, options.MaxBodyBytes, options.CallTimeLimit));
    }

    [Theory]
    [InlineData("segmentAnswer={}", "{}")]
    [InlineData("segmentAnswer=\"{}\"", "{}")]
    [InlineData("segmentAnswer=null", "null")]
    [InlineData("segmentAnswer=7", "7")]
    public void Text_of_an_option_may_look_like_json(string setting, string answer) =>
        Assert.Equal(answer, SimulatorArguments.Parse(["--set", setting]).SegmentAnswer);

    [Theory]
    [InlineData("--prt", "1")]
    [InlineData("--port", "many")]
    [InlineData("--key", "")]
    [InlineData("--field", "plan")]
    [InlineData("--field", "vistor:plan:string")]
    [InlineData("--track", "secret")]
    [InlineData("--set", "unknownFeld=x")]
    [InlineData("--set", "unknownField=x")]
    public void Wrong_argument_is_named(string name, string value) =>
        Assert.Contains(name, Assert.Throws<FormatException>(() => SimulatorArguments.Parse([name, value])).Message,
            StringComparison.Ordinal);
}
