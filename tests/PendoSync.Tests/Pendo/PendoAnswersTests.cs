using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using PendoSync.Batches;
using PendoSync.Pendo;

namespace PendoSync.Tests.Pendo;

public sealed class PendoAnswersTests
{
    private static readonly string[] _ids = ["v1", "v10", "v2"];

    public static TheoryData<int, string, string> Bodies => new()
    {
        // A = accepted, N = not found, R = rejected, in the order v1, v10, v2; else the verdict.
        { 200, """{"total":3,"updated":3,"failed":0}""", "AAA" },
        { 200, """{"total":3,"updated":3,"failed":0,"missing":[],"errors":[],"kind":"visitor"}""", "AAA" },
        { 200, """{"updated":3}""", "AAA" },
        { 200, """{"failed":0}""", "AAA" },
        { 200, """{"total":null,"updated":3,"failed":null,"missing":null}""", "AAA" },
        { 201, """{"total":3,"updated":3,"failed":0}""", "AAA" },
        { 207, """{"total":3,"updated":2,"failed":1,"missing":["v10"]}""", "ANA" },
        { 200, """{"total":3,"updated":2,"failed":1,"missing":["v1"]}""", "NAA" },
        { 200, """{"updated":2,"missing":["v1"]}""", "NAA" },
        { 200, """{"total":3,"updated":0,"failed":3,"missing":["v2","v1","v10"]}""", "NNN" },
        { 200, """{"total":3,"updated":1,"failed":2,"missing":["v2"],"errors":["v1: bad type"]}""", "RAN" },
        { 200, """{"total":3,"updated":2,"failed":1,"errors":["v1"]}""", "RAA" },
        { 200, """{"total":3,"updated":2,"failed":1,"errors":["v10: bad"]}""", "ARA" },
        { 200, """{"total":3,"updated":2,"failed":1,"errors":["visitor v10: bad"]}""", "ARA" },
        { 200, """{"total":3,"updated":2,"failed":1,"errors":["\"v10\" is bad"]}""", "ARA" },
        { 200, """{"total":3,"updated":2,"failed":1,"errors":[{"id":"v10","error":"bad"}]}""", "ARA" },
        { 200, """{"total":3,"updated":2,"failed":1,"errors":[{"VisitorId":"v2","message":"bad"}]}""", "AAR" },
        // Created records in `updated`, or beside it.
        { 200, """{"total":3,"updated":3,"failed":0,"created":2}""", "AAA" },
        { 200, """{"total":3,"updated":1,"failed":0,"created":2}""", "AAA" },
        { 200, """{"total":3,"updated":0,"failed":1,"created":2,"missing":["v1"]}""", "NAA" },
        // Which one it was is not said: a substring is no id.
        { 200, """{"total":3,"updated":2,"failed":1,"errors":["bad value for v10 of v1"]}""", "Bisect" },
        { 200, """{"total":3,"updated":2,"failed":1,"errors":["v100: bad"]}""", "Bisect" },
        { 200, """{"total":3,"updated":2,"failed":1,"errors":[{"id":"v100"}]}""", "Bisect" },
        { 200, """{"total":3,"updated":2,"failed":1,"errors":[{"error":"v1"}]}""", "Bisect" },
        { 200, """{"total":3,"updated":2,"failed":1,"errors":[null]}""", "Bisect" },
        { 200, """{"total":3,"updated":2,"failed":1,"errors":[[1]]}""", "Bisect" },
        { 200, """{"total":3,"updated":1,"failed":2,"errors":["v1: a","v1: b"]}""", "Bisect" },
        { 200, """{"total":3,"updated":1,"failed":2}""", "Bisect" },
        // What is left is clear again.
        { 200, """{"total":3,"updated":0,"failed":3,"errors":["x","y","z"]}""", "RRR" },
        { 200, """{"total":3,"updated":0,"failed":3}""", "RRR" },
        { 200, """{"total":3,"updated":0,"failed":3,"missing":["v1"],"errors":["x","y"]}""", "NRR" },
        { 200, """{"total":3,"updated":0,"failed":3,"missing":["v1"],"errors":["v2: x","y"]}""", "NRR" },
        // Not trusted, and it may be clearer of fewer.
        { 200, """{"total":2,"updated":2,"failed":0}""", "Bisect" },
        { 200, """{"total":3,"updated":2,"failed":0}""", "Bisect" },
        { 200, """{"total":3,"updated":3,"failed":1}""", "Bisect" },
        { 200, """{"total":3,"updated":1,"failed":2,"missing":["v1"]}""", "Bisect" },
        { 200, """{"total":3,"updated":2,"failed":1,"missing":["v1"],"errors":["v2: x"]}""", "Bisect" },
        { 200, """{"total":3,"updated":2,"failed":1,"missing":["w"]}""", "Bisect" },
        { 200, """{"total":3,"updated":1,"failed":2,"missing":["v1","v1"]}""", "Bisect" },
        { 200, """{"total":3,"updated":1,"failed":0,"created":1}""", "Bisect" },
        { 200, """{"total":3,"updated":1,"failed":0,"created":-2}""", "Retry" },
        { 200, """{"total":3,"updated":3,"failed":0,"created":"2"}""", "Retry" },
        { 200, """{"total":3,"updated":2147483647,"failed":0,"created":2147483647}""", "Bisect" },
        { 200, """{"total":3,"updated":2,"failed":1,"missing":["V1"]}""", "Bisect" },
        { 200, """{"total":3,"updated":2,"failed":1,"missing":[" v1 "]}""", "Bisect" },
        // Not trusted, whatever was sent.
        { 200, """{"total":3,"updated":-1,"failed":4}""", "Retry" },
        { 200, """{"total":3,"updated":2147483647,"failed":2147483647}""", "Bisect" },
        { 200, """{"total":"3","updated":3,"failed":0}""", "Retry" },
        { 200, """{"total":3,"updated":3,"failed":0,"errors":"none"}""", "Retry" },
        { 200, """{"total":3.5,"updated":3,"failed":0}""", "Retry" },
        { 200, """{"total":3,"updated":2,"failed":1,"errors":[{"\ud800":"v1"}]}""", "Retry" },
        { 200, """{"tota\ud800":3,"updated":3,"failed":0}""", "Retry" },
        { 200, "{}", "Retry" },
        { 200, "[]", "Retry" },
        { 200, "", "Retry" },
        { 204, "", "Retry" },
        { 200, "<html>ok</html>", "Retry" },
        { 200, """{"total":3,"updated":3,"fai""", "Retry" },
        // Other statuses.
        { 0, "", "Retry" },
        { 300, "", "Stop" },
        { 301, "", "Stop" },
        { 307, "", "Stop" },
        { 400, "missing field mappings", "Bisect" },
        { 400, "", "Bisect" },
        { 401, "", "Stop" },
        { 403, "", "Stop" },
        { 404, "", "Stop" },
        { 408, "", "Halve" },
        { 409, "", "Retry" },
        { 413, "", "Halve" },
        { 422, "{}", "Bisect" },
        { 425, "", "Retry" },
        { 429, "", "Throttled" },
        { 500, "<html>", "Retry" },
        { 503, "", "Retry" },
        { 599, "", "Retry" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void An_answer_has_one_meaning(int status, string body, string expected) => Assert.Equal(expected, Read(status, body, _ids));

    [Theory]
    [InlineData(400, "bad", "R")]
    [InlineData(408, "", "Retry")]
    [InlineData(413, "", "R")]
    [InlineData(200, """{"total":1,"updated":0,"failed":1,"errors":["whatever"]}""", "R")]
    [InlineData(200, """{"total":1,"updated":0,"failed":1,"missing":["v1"]}""", "N")]
    [InlineData(200, """{"total":1,"updated":0,"failed":1,"missing":[" V1"]}""", "N")]
    [InlineData(200, """{"total":2,"updated":2,"failed":0}""", "Retry")]
    public void Of_one_record_alone_it_is_always_clear(int status, string body, string expected) =>
        Assert.Equal(expected, Read(status, body, ["v1"]));

    [Theory]
    [InlineData("a:b: too long", "Bisect")]
    [InlineData("a: too long", "RAAA")]
    [InlineData("visitor x: bad", "Bisect")]
    [InlineData("visitor a: bad", "RAAA")]
    [InlineData("\"a:b\": bad", "ARAA")]
    [InlineData("a:b", "Bisect")]
    public void An_id_with_a_colon_or_a_space_is_never_mistaken_for_another(string error, string expected) =>
        Assert.Equal(expected, Read(200, $$"""{"total":4,"updated":3,"failed":1,"errors":[{{JsonSerializer.Serialize(error)}}]}""",
            ["a", "a:b", "x", "visitor x"]));

    [Fact]
    public void Ids_with_quotes_and_numbers_are_found_exactly()
    {
        string[] ids = ["say \"hi\"", "17", "ü:\\"];

        Assert.Equal("NNN", Read(200, """{"total":3,"updated":0,"failed":3,"missing":["say \"hi\"",17,"\u00fc:\\"]}""", ids));
        Assert.Equal("RRR",
            Read(200, """{"total":3,"updated":0,"failed":3,"errors":["\"say \\\"hi\\\"\": no",{"id":17,"error":"x"},"ü:\\: no"]}""", ids));
    }

    [Theory]
    [InlineData(0, "", "no answer")]
    [InlineData(401, "", "Pendo refused the integration key")]
    [InlineData(404, "", "Pendo does not know this address")]
    [InlineData(307, "", "Pendo answered with a redirect (307)")]
    [InlineData(408, "", "Pendo needed more than 5 minutes")]
    [InlineData(413, "", "the call was too large for Pendo")]
    [InlineData(429, "", "Pendo asks for fewer calls")]
    [InlineData(500, "", "HTTP 500")]
    [InlineData(200, "[]", "Pendo's answer is not trusted: the answer is no JSON object")]
    [InlineData(200, "<html>", "Pendo's answer is not trusted: the answer is no JSON")]
    [InlineData(200, "{}", "Pendo's answer is not trusted: the answer has no counts")]
    [InlineData(200, """{"total":"3"}""", "Pendo's answer is not trusted: a member is of another type than documented")]
    [InlineData(200, """{"total":2,"updated":2,"failed":0}""", "Pendo's answer is not trusted: the counts do not add up for 3 records "
        + "(total 2, updated 2, failed 0, missing 0, errors 0)")]
    [InlineData(200, """{"total":3,"updated":2,"failed":1}""", "Pendo gave no reason")]
    [InlineData(200, """{"total":3,"updated":2,"failed":1,"missing":["w"]}""",
        "Pendo's answer is not trusted: `missing` names an id that was not sent, or one twice")]
    public void What_has_no_outcome_yet_says_why(int status, string body, string expected) =>
        Assert.Equal(expected, PendoAnswers.Read(Answer(status, body), _ids).Reason);

    [Fact]
    public void What_broke_a_call_is_told_and_one_record_that_is_too_large_is_called_so()
    {
        var broken = new PendoAnswer(0, [], null, CallFault.Ambiguous, "the connection broke");
        Assert.Equal("the connection broke", PendoAnswers.Read(broken, _ids).Reason);
        Assert.Equal("the connection broke", PendoAnswers.Describe(broken));
        Assert.Equal("no answer", PendoAnswers.Describe(broken with { Detail = null }));
        Assert.Equal("the record is too large for Pendo", PendoAnswers.Read(Answer(413, ""), ["v1"]).Outcomes[0].Reason);
    }

    [Fact]
    public void Reasons_are_kept_and_cut()
    {
        var body = $$"""{"total":3,"updated":1,"failed":2,"errors":[{"id":"v1","error":"bad seats"},"v2: {{new string('x', 900)}}"]}""";
        var reading = PendoAnswers.Read(Answer(200, body), _ids);

        Assert.Equal("bad seats", reading.Outcomes[0].Reason);
        Assert.Null(reading.Outcomes[1].Reason);
        Assert.Equal(500, reading.Outcomes[2].Reason!.Length);
        Assert.Equal("HTTP 400: a b", PendoAnswers.Describe(Answer(400, " a\r\n\tb ")));
        Assert.Equal("HTTP 502", PendoAnswers.Describe(Answer(502, "")));
    }

    [Theory]
    [InlineData("""{"total":2,"updated":1,"failed":1,"errors":["Anna@X.com: no such plan"]}""", "(id): no such plan")]
    [InlineData("""
        {"total":2,"updated":1,"failed":1,"errors":[{"id":"anna@x.com","error":"differs from BOB@x.com, not from bob@x.commons"}]}
        """,
        "differs from (id), not from bob@x.commons")]
    [InlineData("""{"total":2,"updated":0,"failed":2,"errors":["say \"hi\" no","x"]}""", "say \"hi\" no")]
    public void A_reason_speaks_of_nobody(string body, string expected)
    {
        var reading = PendoAnswers.Read(Answer(200, body), ["anna@x.com", "bob@x.com"]);
        Assert.Equal(expected, reading.Outcomes.Select(o => o.Reason).FirstOrDefault(r => r is not null) ?? reading.Reason);
    }

    [Fact]
    public void The_answer_to_a_whole_call_speaks_of_nobody_in_whatever_form()
    {
        string[] ids = ["say \"hi\"", "ü b", "17", " padded "];
        var body = """{"message":"bad: say \"hi\", \u00FC b, Ü B, 17, 170, padded"}""";

        Assert.Equal("""HTTP 400: {"message":"bad: (id), (id), (id), (id), 170, (id)"}""",
            PendoAnswers.Read(Answer(400, body), ids).Reason);
        // No id is cut in two where the text is.
        var many = Enumerable.Range(0, 200).Select(i => $"person-{i:D3}@example.com").ToArray();
        Assert.DoesNotContain("person", PendoAnswers.Read(Answer(400, string.Join(' ', many)), many).Reason);
    }

    [Fact]
    public void Whatever_the_bytes_reading_never_throws_and_done_means_one_outcome_each()
    {
        var random = new Random(17);
        var seeds = Bodies.Select(row => (string)row[1]).Where(body => body.Length > 0).ToList();
        for (var round = 0; round < 20_000; round++)
        {
            var body = Encoding.UTF8.GetBytes(seeds[random.Next(seeds.Count)]);
            for (var n = random.Next(4); n > 0; n--)
                body[random.Next(body.Length)] = (byte)random.Next(256);
            var reading = PendoAnswers.Read(new PendoAnswer(random.Next(5) == 0 ? random.Next(200, 600) : 200, body, null), _ids);
            Assert.True(reading.Verdict == Verdict.Done ? reading.Outcomes.Count == 3
                && reading.Outcomes.All(o => o.Outcome != RecordOutcome.None) : reading.Reason is not null);
        }
    }

    [Fact]
    public void The_accepted_records_are_as_many_as_the_answer_says() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte Count, byte[] Missing, byte[] Errors, bool Objects)>(), Consistent)
            .QuickCheckThrowOnFailure();

    private static bool Consistent((byte Count, byte[] Missing, byte[] Errors, bool Objects) c)
    {
        var ids = Enumerable.Range(0, c.Count + 1).Select(i => $"v{i}").ToArray();
        var missing = c.Missing.Select(m => $"v{m % ids.Length}").Distinct().ToArray();
        var failed = c.Errors.Select(e => $"v{e % ids.Length}").Distinct().Except(missing).ToArray();
        object[] errors = [.. failed.Select(id => c.Objects ? (object)new { id, error = "no" } : $"{id}: no")];
        var updated = ids.Length - missing.Length - errors.Length;
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            total = ids.Length,
            updated,
            failed = missing.Length
            + errors.Length,
            missing,
            errors
        });
        var reading = PendoAnswers.Read(new PendoAnswer(200, body, null), ids);
        return reading.Verdict == Verdict.Done && reading.Outcomes.Count == ids.Length
            && reading.Outcomes.Count(o => o.Outcome == RecordOutcome.Accepted) == updated
            && missing.All(id => reading.Outcomes[Array.IndexOf(ids, id)].Outcome == RecordOutcome.NotFound)
            && failed.All(id => reading.Outcomes[Array.IndexOf(ids, id)].Outcome == RecordOutcome.Rejected);
    }

    private static PendoAnswer Answer(int status, string body) => new(status, Encoding.UTF8.GetBytes(body), null);

    private static string Read(int status, string body, string[] ids)
    {
        var reading = PendoAnswers.Read(Answer(status, body), ids);
        return reading.Verdict != Verdict.Done ? reading.Verdict.ToString()
            : string.Concat(reading.Outcomes.Select(o => o.Outcome switch
            {
                RecordOutcome.Accepted => 'A',
                RecordOutcome.NotFound =>
                'N',
                RecordOutcome.Rejected => 'R',
                _ => '?'
            }));
    }
}
