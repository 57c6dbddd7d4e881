using System.Net;
using System.Text;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Pendo;

namespace PendoSync.Tests.Pendo;

public sealed class PendoClientTests
{
    private readonly Queue<Func<CancellationToken, Task<HttpResponseMessage>>> _answers = [];
    private readonly List<(string Method, string Url, string Key, string Body, string? Base64)> _calls = [];
    private readonly RotatingSecrets _secrets = new();

    [Theory]
    [InlineData(PendoObject.Visitor, "custom", false, "https://api.test/api/v1/metadata/visitor/custom/value")]
    [InlineData(PendoObject.Account, "agent", true, "https://api.test/api/v1/metadata/account/agent/value?create=true")]
    public async Task Values_go_to_their_kind_and_group_with_the_integration_key(PendoObject kind, string group, bool create, string url)
    {
        Answer(200, "{}");
        var answer = await Client().PostValuesAsync(kind, group, create, Records(), TimeSpan.FromSeconds(5), default);

        Assert.Equal((200, "{}"), (answer.Status, Encoding.UTF8.GetString(answer.Body)));
        Assert.Equal([("POST", url, "integration-1", "[{\"x\":1}]", null)], _calls);
    }

    [Fact]
    public async Task Events_go_to_the_data_host_with_the_secret_of_their_app()
    {
        Answer(200, "");
        await Client().PostTrackAsync("web", "{}"u8.ToArray(), default);

        Assert.Equal([("POST", "https://data.test/data/track", "track-1", "{}", null)], _calls);
        var unknown = await Assert.ThrowsAsync<ProblemException>(() => Client().PostTrackAsync("ios", "{}"u8.ToArray(), default));
        Assert.Contains("ios", unknown.Problem.Fix);
    }

    [Fact]
    public async Task A_record_is_read_by_its_id_in_base64()
    {
        Answer(200, """{"id":"a/b?ü"}""");
        Answer(404, "");

        Assert.Equal("a/b?ü", (await Client().GetRecordAsync(PendoObject.Visitor, "a/b?ü", default))!.Value.GetProperty("id").GetString());
        Assert.Null(await Client().GetRecordAsync(PendoObject.Account, "x", default));
        Assert.Equal(("GET", "https://api.test/api/v1/visitor/" + Uri.EscapeDataString(Convert.ToBase64String("a/b?ü"u8)), "integration-1",
            "", "true"), _calls[0]);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_refused_key_is_read_afresh_once(int status)
    {
        Answer(status, "");
        Answer(200, """{"valid":true,"writeAccess":true}""");
        var (_, valid, canWrite) = await Client().VerifyAsync(default);
        Assert.Equal((true, true), (valid, canWrite));

        Answer(status, "");
        Answer(status, "");
        Assert.False((await Client().VerifyAsync(default)).Valid);
        Assert.Equal(["integration-1", "integration-2", "integration-2", "integration-3"], _calls.Select(c => c.Key));
    }

    [Fact]
    public async Task A_body_is_sent_again_whole_after_a_refused_key()
    {
        Answer(403, "");
        Answer(200, "{}");
        await Client().PostValuesAsync(PendoObject.Visitor, "custom", false, Records(), TimeSpan.FromSeconds(5), default);

        Assert.Equal(["[{\"x\":1}]", "[{\"x\":1}]"], _calls.Select(c => c.Body));
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("0", 0)]
    [InlineData("999999999", 999999999)]
    [InlineData("Sun, 01 Mar 2026 12:01:00 GMT", 60)]
    [InlineData("Sun, 01 Mar 2026 11:59:00 GMT", -60)]
    [InlineData("soon", null)]
    [InlineData("-5", null)]
    public async Task Retry_After_is_read_as_seconds_or_against_the_answers_own_date(string value, int? seconds)
    {
        Answer(429, "", r =>
        {
            r.Headers.TryAddWithoutValidation("Retry-After", value);
            r.Headers.Date = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        });
        var answer = await Client().PostTrackAsync("web", "{}"u8.ToArray(), default);

        Assert.Equal(seconds, (int?)answer.RetryAfter?.TotalSeconds);
        var wait = PendoSync.Delivery.Backoff.CoolDown(answer.RetryAfter, 0, new PendoSync.Runs.EngineOptions());
        Assert.InRange(wait, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(15));
    }

    [Fact]
    public async Task A_lost_answer_is_ambiguous_and_a_refused_connection_is_not()
    {
        _answers.Enqueue(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "secret integration-1"));
        _answers.Enqueue(_ => throw new HttpRequestException(HttpRequestError.ResponseEnded, "x"));
        _answers.Enqueue(_ => throw new IOException("x"));
        _answers.Enqueue(async ct =>
        {
            await Task.Delay(Timeout.Infinite, ct);
            throw new InvalidOperationException();
        });
        var faults = new List<PendoAnswer>();
        for (var i = 0; i < 4; i++)
            faults.Add(await Client()
                .PostValuesAsync(PendoObject.Visitor, "custom", false, Records(), TimeSpan.FromMilliseconds(50), default));

        Assert.Equal([CallFault.NotSent, CallFault.Ambiguous, CallFault.Ambiguous, CallFault.Ambiguous], faults.Select(f => f.Fault));
        Assert.All(faults, f => Assert.DoesNotContain("integration", f.Detail));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        _answers.Enqueue(ct => Task.FromCanceled<HttpResponseMessage>(ct));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client().PostTrackAsync("web", "{}"u8.ToArray(), cancelled.Token));
    }

    [Theory]
    [InlineData(403, ProblemKind.Configuration)]
    [InlineData(404, ProblemKind.Configuration)]
    [InlineData(302, ProblemKind.Configuration)]
    [InlineData(429, ProblemKind.Throttled)]
    [InlineData(500, ProblemKind.Transient)]
    public async Task A_failed_call_is_a_problem_with_a_fix_and_without_a_secret(int status, ProblemKind kind)
    {
        Answer(status, "");
        Answer(status, "");
        var problem =
            (await Assert.ThrowsAsync<ProblemException>(() => Client().GetSchemaAsync(PendoObject.Visitor, "custom", default))).Problem;

        Assert.Equal(kind, problem.Kind);
        Assert.NotNull(problem.Fix);
        Assert.DoesNotContain("integration-", problem.ToString().Replace("pendo-integration-key", ""));
    }

    [Theory]
    [InlineData("fields")]
    [InlineData("token")]
    [InlineData("record")]
    public async Task A_read_is_tried_again_with_growing_pauses_and_as_Retry_After_says(string read)
    {
        var clock = new PauseClock();
        _answers.Enqueue(_ => throw new HttpRequestException(HttpRequestError.ResponseEnded, "x"));
        _answers.Enqueue(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "x"));
        Answer(503, "", r => r.Headers.TryAddWithoutValidation("Retry-After", "77"));
        Answer(200, """{"custom":{}}""");

        var client = Client(new PendoPatience(5, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)), clock);
        await (read switch
        {
            "fields" => client.GetSchemaAsync(PendoObject.Visitor, "custom", default),
            "token" => client.VerifyAsync(default),
            _ => (Task)client.GetRecordAsync(PendoObject.Visitor, "a", default),
        });

        Assert.Equal((4, 3, 77.0), (_calls.Count, clock.Pauses.Count, clock.Pauses[2].TotalSeconds));
        Assert.All(clock.Pauses.Take(2), p => Assert.InRange(p, TimeSpan.Zero, TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData(503, "400", 1)]
    [InlineData(503, null, 3)]
    [InlineData(400, null, 1)]
    public async Task A_read_is_not_tried_again_beyond_its_patience_or_in_vain(int status, string? retryAfter, int calls)
    {
        for (var i = 0; i < 5; i++)
            Answer(status, "", r => r.Headers.TryAddWithoutValidation("Retry-After", retryAfter));

        await Assert.ThrowsAsync<ProblemException>(() =>
            Client(new PendoPatience(3, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(5)), new PauseClock())
                .GetSchemaAsync(PendoObject.Visitor, "custom", default));

        Assert.Equal(calls, _calls.Count);
    }

    [Fact]
    public async Task Fields_are_made_with_name_display_name_and_type()
    {
        Answer(200, "{}");
        await Client().CreateFieldsAsync(PendoObject.Account, "custom", [new NewField("seats", "number")], default);

        Assert.Equal(
            [("POST", "https://api.test/api/v1/metadata/schema/account/custom", "integration-1",
            """[{"name":"seats","displayname":"seats","type":"number"}]""", null)], _calls);
    }

    [Fact]
    public async Task Ten_thousand_refused_ids_are_read_to_the_end()
    {
        var body = "{\"missing\":[" + string.Join(',', Enumerable.Repeat($"\"{new string('x', 200)}\"", 10_000)) + "]}";
        Answer(200, body);

        Assert.Equal(body.Length, (await Client().PostValuesAsync(PendoObject.Visitor, "custom", false, Records(), TimeSpan.FromSeconds(5),
            default)).Body.Length);
    }

    [Fact]
    public async Task What_answers_one_event_or_flag_is_read_no_further_than_it_can_say_something()
    {
        for (var i = 0; i < 2; i++)
            Answer(200, new string('x', 10_000_000));

        foreach (var answer in (PendoAnswer[])[await Client().PostTrackAsync("web", "{}"u8.ToArray(), default),
            await Client().PutFlagAsync(PendoObject.Visitor, "v", "internal", true, default)])
        {
            Assert.Equal(200, answer.Status);
            Assert.InRange(answer.Body.Length, 1, 200_000);
        }
    }

    private void Answer(int status, string body, Action<HttpResponseMessage>? change = null) => _answers.Enqueue(_ =>
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };
        change?.Invoke(response);
        return Task.FromResult(response);
    });

    private static RecordsContent Records()
    {
        var builder = new BatchBuilder(10, 1000, events: false);
        builder.Add(1, 1, 0, "", "{\"x\":1}"u8, null);
        return new RecordsContent(builder.Take(), 0, 1);
    }

    private PendoClient Client(PendoPatience? patience = null, TimeProvider? clock = null) => new(new PendoConnection
    {
        Name = "p",
        Region = "custom",
        ApiUrl = new Uri("https://api.test"),
        DataUrl = new Uri("https://data.test"),
        IntegrationKey = new SecretText("${secret:pendo-integration-key}"),
        TrackEventSecrets = new Dictionary<string, SecretText> { ["web"] = new("${secret:track}") },
    }, _secrets, new HttpMessageInvoker(new Handler(this)), clock, patience ?? new PendoPatience(1, TimeSpan.Zero, TimeSpan.Zero));

    /// <summary>Pauses end at once and are noted; the time a call may take does not run out.</summary>
    private sealed class PauseClock : TimeProvider
    {
        public List<TimeSpan> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == PendoClient.CallTimeout || dueTime == Timeout.InfiniteTimeSpan)
                return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
            Pauses.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class Handler(PendoClientTests test) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(CancellationToken.None);
            var base64 = request.Headers.TryGetValues("x-pendo-base64-encoded-params", out var values) ? values.Single() : null;
            test._calls.Add((request.Method.Method, request.RequestUri!.AbsoluteUri, request.Headers.GetValues("x-pendo-integration-key")
                .Single(), body, base64));
            return await test._answers.Dequeue()(ct);
        }
    }

    /// <summary>Secrets with a number that grows with each fresh read.</summary>
    private sealed class RotatingSecrets : ISecretStore
    {
        private int _version = 1;

        public ValueTask<string> GetAsync(string name, bool refresh, CancellationToken ct)
        {
            _version += refresh ? 1 : 0;
            return ValueTask.FromResult((name == "track" ? "track-" : "integration-") + _version);
        }
    }
}
