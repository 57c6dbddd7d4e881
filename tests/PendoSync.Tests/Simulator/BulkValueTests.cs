using System.Net;
using System.Text;
using PendoSimulator;
using static PendoSync.Tests.Simulator.SimulatedSubscription;

namespace PendoSync.Tests.Simulator;

public sealed class BulkValueTests
{
    [Fact]
    public async Task Unknown_id_is_missing_without_create_and_updated_with_it()
    {
        await using var pendo = await StartAsync();
        const string body = """[{"visitorId":"v-1","values":{"plan":"pro"}}]""";

        var without = await pendo.PostAsync(Bulk, body);
        Assert.Equal("""{"total":1,"updated":0,"failed":1,"missing":["v-1"],"kind":"visitor"}""", without.Body);
        Assert.Empty(await pendo.LinesAsync());

        var with = await pendo.PostAsync(Bulk + "?create=true", body);
        Assert.Equal("""{"total":1,"updated":1,"failed":0,"kind":"visitor"}""", with.Body);
        Assert.Equal(["""{"id":"v-1","custom":{"plan":"pro"}}"""], await pendo.LinesAsync());
    }

    [Fact]
    public async Task Update_merges_field_by_field_and_null_clears()
    {
        await using var pendo = await StartAsync();
        await pendo.WriteAsync("v", """{"plan":"pro","seats":3,"paying":true}""");
        await pendo.WriteAsync("v", """{"plan":"","paying":null}""");
        Assert.Equal(["""{"id":"v","custom":{"plan":"","seats":3}}"""], await pendo.LinesAsync());
        await pendo.WriteAsync("v", """{"plan":null,"seats":null}""");
        Assert.Equal(["""{"id":"v"}"""], await pendo.LinesAsync());
    }

    [Theory]
    [InlineData("""{"plan":1}""", """field \"plan\" must be a string""")]
    [InlineData("""{"seats":"3"}""", """field \"seats\" must be a whole number""")]
    [InlineData("""{"seats":3.5}""", """field \"seats\" must be a whole number""")]
    [InlineData("""{"score":true}""", """field \"score\" must be a number""")]
    [InlineData("""{"paying":"yes"}""", """field \"paying\" must be true or false""")]
    [InlineData("""{"renewal":"2026-01-02"}""", """field \"renewal\" must be an RFC 3339 date and time""")]
    [InlineData("""{"renewal":1767225600000}""", """field \"renewal\" must be an RFC 3339 date and time""")]
    [InlineData("""{"plan":{"a":[1]}}""", """field \"plan\" must be a string""")]
    public async Task Value_of_wrong_type_fails_its_record_with_the_id_quoted_first(string values, string problem)
    {
        await using var pendo = await StartAsync();
        var reply = await pendo.PostAsync(
            Bulk + "?create=true", $$$"""[{"visitorId":"bad \"7\"","values":{{{values}}}},{"visitorId":"good","values":{"plan":"x"}}]""");
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal((2, 1, 1), reply.Counts);
        var expected = "\"bad \\\"7\\\"\": " + problem.Replace("\\\"", "\"", StringComparison.Ordinal);
        Assert.Equal(expected, reply.Json.GetProperty("errors")[0].GetString());
        Assert.Equal(["""{"id":"good","custom":{"plan":"x"}}"""], await pendo.LinesAsync());
    }

    [Theory]
    [InlineData("""{"visitorId":"v","values":{}}""")]
    [InlineData("""{"v":{"metadata":{"custom":{"plan":"x"}}}}""")]
    [InlineData("""[{"groupId":"v","values":{"plan":"x"}}]""")]
    [InlineData("""[{"visitorId":"v"}]""")]
    [InlineData("""[{"visitorId":7,"values":{}}]""")]
    [InlineData("""[{"visitorId":"v","values":[]}]""")]
    [InlineData("""[7]""")]
    [InlineData("""[{"visitorId":"v","values":{"plan":"x"}}""")]
    [InlineData("""[{"visitorId":"\ud800","values":{}}]""")]
    [InlineData("""[{"visitorId":"v","values":{"plan":"\udc00"}}]""")]
    [InlineData("")]
    public async Task Wrong_shape_is_refused_whole_in_plain_text(string body)
    {
        await using var pendo = await StartAsync();
        var reply = await pendo.PostAsync(Bulk + "?create=true", body);
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal("text/plain", reply.ContentType);
        Assert.Empty(await pendo.LinesAsync());
    }

    [Fact]
    public async Task Unknown_field_refuses_the_call_or_the_record_or_is_created_as_the_policy_says()
    {
        const string body = """[{"visitorId":"a","values":{"plan":"x"}},{"visitorId":"b","values":{"color":"red"}}]""";
        await using var refusing = await StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await refusing.PostAsync(Bulk + "?create=true", body)).Status);
        Assert.Empty(await refusing.LinesAsync());

        await using var perRecord = await StartAsync(o => o with { UnknownField = UnknownFieldPolicy.PerRecordError });
        var reply = await perRecord.PostAsync(Bulk + "?create=true", body);
        Assert.Equal((2, 1, 1), reply.Counts);
        Assert.StartsWith("\"b\": field \"color\"", reply.Json.GetProperty("errors")[0].GetString(), StringComparison.Ordinal);

        await using var creating = await StartAsync(o => o with { UnknownField = UnknownFieldPolicy.AutoCreateText });
        Assert.Equal((2, 2, 0), (await creating.PostAsync(Bulk + "?create=true", body)).Counts);
        Assert.Contains("""{"id":"b","custom":{"color":"red"}}""", await creating.LinesAsync());
    }

    [Fact]
    public async Task Type_mismatch_refuses_the_call_when_switched_so()
    {
        await using var pendo =
            await StartAsync(o => o with { TypeMismatch = TypeMismatchPolicy.Reject400, ErrorBodies = ErrorBodyFormat.Json });
        var reply = await pendo.WriteAsync("v", """{"seats":"x"}""");
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Contains("seats", reply.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_are_objects_when_switched_so()
    {
        await using var pendo =
            await StartAsync(o => o with { ErrorEntries = ErrorEntryFormat.Object, EchoKind = false, CountCreated = true });
        var reply = await pendo.WriteAsync("v", """{"seats":"x"}""");
        Assert.Equal(
            """{"total":1,"updated":0,"failed":1,"created":0,"errors":[{"id":"v","error":"field \"seats\" must be a whole number"}]}""",
                reply.Body);
    }

    [Fact]
    public async Task Last_record_of_a_repeated_id_wins_and_each_is_counted()
    {
        const string body = """[{"visitorId":"v","values":{"plan":"a"}},{"visitorId":"v","values":{"plan":"b"}}]""";
        await using var pendo = await StartAsync();
        Assert.Equal((2, 2, 0), (await pendo.PostAsync(Bulk + "?create=true", body)).Counts);
        Assert.Equal(["""{"id":"v","custom":{"plan":"b"}}"""], await pendo.LinesAsync());

        await using var strict = await StartAsync(o => o with { RepeatedId = RepeatedIdPolicy.PerRecordError });
        Assert.Equal((2, 1, 1), (await strict.PostAsync(Bulk + "?create=true", body)).Counts);
    }

    [Fact]
    public async Task Empty_array_is_answered_with_zeros()
    {
        await using var pendo = await StartAsync();
        Assert.Equal((0, 0, 0), (await pendo.PostAsync(Bulk, "[]")).Counts);
    }

    [Fact]
    public async Task Only_agent_and_custom_of_known_kinds_can_be_written()
    {
        await using var pendo = await StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await pendo.PostAsync("/api/v1/metadata/visitor/auto/value", "[]")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await pendo.PostAsync("/api/v1/metadata/robot/custom/value", "[]")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await pendo.PostAsync("/api/v1/metadata/parentAccount/custom/value", "[]")).Status);
        var agent = await pendo.PostAsync("/api/v1/metadata/visitor/agent/value?create=true",
            """[{"values":{"tags":["a","b"]},"visitorId":"v"}]""");
        Assert.Equal((1, 1, 0), agent.Counts);
        Assert.Equal(["""{"id":"v","agent":{"tags":["a","b"]}}"""], await pendo.LinesAsync());
    }

    [Theory]
    [InlineData(Key, HttpStatusCode.OK)]
    [InlineData(ReadOnlyKey, HttpStatusCode.Forbidden)]
    [InlineData("other", HttpStatusCode.Forbidden)]
    [InlineData(null, HttpStatusCode.Forbidden)]
    [InlineData(Secret, HttpStatusCode.Forbidden)]
    public async Task Writing_needs_a_known_key_with_write_access(string? key, HttpStatusCode expected)
    {
        await using var pendo = await StartAsync();
        var reply = await pendo.PostAsync(Bulk, "[]", key);
        Assert.Equal(expected, reply.Status);
        if (expected == HttpStatusCode.Forbidden)
            Assert.Equal("", reply.Body);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_over_the_limit_is_answered_with_413(bool chunked)
    {
        await using var pendo = await StartAsync(o => o with { MaxBodyBytes = 1000 });
        using var request =
            new HttpRequestMessage(HttpMethod.Post, Bulk) { Content = new StringContent("[" + new string(' ', 1000) + "]") };
        request.Headers.Add("x-pendo-integration-key", Key);
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await pendo.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Hostile_text_arrives_unchanged()
    {
        await using var pendo = await StartAsync();
        var id = "a/b?c=%2F\"\\\u0000\u202e\U0001F600' OR 1=1 --<b>";
        var text = new StringBuilder("\t\n").Append('x', 1_000_000).Append("\U0001F600\u0007").ToString();
        var values = System.Text.Json.JsonSerializer.Serialize(new { plan = text });
        Assert.Equal((1, 1, 0), (await pendo.WriteAsync(id, values)).Counts);
        await foreach (var record in pendo.Control.RecordsAsync("visitor"))
        {
            Assert.Equal(id, record.GetProperty("id").GetString());
            Assert.Equal(text, record.GetProperty("custom").GetProperty("plan").GetString());
        }
    }
}
