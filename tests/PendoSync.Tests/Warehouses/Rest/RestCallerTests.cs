using System.Net;
using System.Net.Http.Headers;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Tests.Warehouses.Rest;

public sealed class RestCallerTests
{
    private readonly EagerClock _clock = new();
    private readonly Rules _rules = new();

    [Fact]
    public async Task Transient_answers_are_tried_again_with_growing_pauses()
    {
        using var answer = await CallAsync(Status(503), Status(503), Status(503), Status(200));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal([500, 1000, 2000], _clock.Pauses.Select(p => p.TotalMilliseconds));
    }

    [Fact]
    public async Task Retry_after_is_the_shortest_pause()
    {
        using var answer = await CallAsync(Status(429, retryAfter: 7), Status(200));
        Assert.Equal([TimeSpan.FromSeconds(7)], _clock.Pauses);
    }

    [Fact]
    public async Task A_retry_after_of_hours_is_not_waited_for()
    {
        var error = await Assert.ThrowsAsync<ProblemException>(() => CallAsync(Status(429, retryAfter: 7200), Status(200)));
        Assert.Equal("answered 429", error.Problem.Message);
        Assert.Empty(_clock.Pauses);
    }

    [Fact]
    public async Task Tries_are_bounded()
    {
        var steps = Enumerable.Repeat(Status(503), 20).ToArray();
        await Assert.ThrowsAsync<ProblemException>(() => CallAsync(steps));
        Assert.Equal(6, _rules.Authorized.Count);
    }

    [Fact]
    public async Task A_refused_token_is_made_afresh_once()
    {
        using var answer = await CallAsync(Status(401), Status(200));
        Assert.Equal([false, true], _rules.Authorized);
        Assert.Empty(_clock.Pauses);
    }

    [Fact]
    public async Task A_token_refused_twice_ends_the_call()
    {
        await Assert.ThrowsAsync<ProblemException>(() => CallAsync(Status(401), Status(401), Status(200)));
        Assert.Equal([false, true], _rules.Authorized);
    }

    [Fact]
    public async Task A_failure_is_not_tried_again()
    {
        await Assert.ThrowsAsync<ProblemException>(() => CallAsync(Status(404), Status(200)));
        Assert.Single(_rules.Authorized);
    }

    [Fact]
    public async Task A_dropped_connection_is_tried_again()
    {
        using var answer = await CallAsync(Fault(HttpRequestError.ConnectionError), Status(200));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Fact]
    public async Task An_unknown_host_is_a_configuration_problem_at_once()
    {
        var error = await Assert.ThrowsAsync<ProblemException>(() => CallAsync(Fault(HttpRequestError.NameResolutionError), Status(200)));
        Assert.Equal((ProblemKind.Connection, "warehouse 'w'"), (error.Problem.Kind, error.Problem.Place));
        Assert.Empty(_clock.Pauses);
    }

    [Fact]
    public async Task A_host_that_never_answered_is_a_configuration_problem_and_one_that_did_is_transient()
    {
        var refused = Enumerable.Repeat(Fault(HttpRequestError.ConnectionError), 20).ToArray();
        var never = await Assert.ThrowsAsync<ProblemException>(() => CallAsync(refused));
        var later = await Assert.ThrowsAsync<ProblemException>(() => CallAsync([Status(503), .. refused]));
        Assert.Equal((ProblemKind.Connection, ProblemKind.Transient), (never.Problem.Kind, later.Problem.Kind));
    }

    [Fact]
    public async Task Links_with_their_own_credentials_are_fetched_without_ours()
    {
        using var caller = Caller([Status(200)]);
        using var answer = await caller.SendAsync(Get, Any, CancellationToken.None, authorize: false);
        Assert.Empty(_rules.Authorized);
    }

    [Fact]
    public async Task Cancelling_ends_the_pause()
    {
        using var cancel = new CancellationTokenSource();
        using var caller = new RestCaller(_rules, TimeProvider.System,
            new RestRetry { FirstPause = TimeSpan.FromHours(1), LongestPause = TimeSpan.FromHours(1), Jitter = () => 1 },
            new Script([() => { cancel.Cancel(); return Status(503)(); }]));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller.SendAsync(Get, Any, cancel.Token));
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(200, "<html>Sign in</html>")]
    [InlineData(200, "{}")]
    [InlineData(200, "{\"data\":[]")]
    [InlineData(200, "{\"data\":[]}<!-- -->")]
    [InlineData(202, "{\"data\":[]}")]
    [InlineData(204, "")]
    public async Task A_success_that_is_not_the_contract_s_answer_is_fetched_again_and_never_taken(int status, string body)
    {
        var contract = RestContract.Of("data");
        using (var caller = Caller([Body(status, body), Body(200, "{\"data\":[1]}")]))
        using (var answer = await caller.SendAsync(Get, contract, CancellationToken.None))
            Assert.Equal(1, answer.Envelope.Count("data"));
        using var lasting = Caller([.. Enumerable.Repeat(Body(status, body), 20)]);
        var error = await Assert.ThrowsAsync<ProblemException>(() => lasting.SendAsync(Get, contract, CancellationToken.None));
        Assert.Equal((ProblemKind.Transient, "warehouse 'w'"), (error.Problem.Kind, error.Problem.Place));
    }

    [Fact]
    public async Task An_answer_that_cannot_be_had_again_is_not_asked_for_again()
    {
        using var caller = Caller([Body(200, ""), Status(200)]);
        await Assert.ThrowsAsync<ProblemException>(() =>
            caller.SendAsync(Get, new RestContract(_ => null) { CanAskAgain = false }, CancellationToken.None));
        Assert.Single(_rules.Authorized);
    }

    [Fact]
    public async Task A_token_endpoint_that_cannot_answer_now_is_waited_for()
    {
        _rules.Login.Enqueue(ProblemKind.Transient);
        using var answer = await CallAsync(Status(200));
        Assert.Equal(2, _rules.Authorized.Count);
        _rules.Login.Enqueue(ProblemKind.Connection);
        await Assert.ThrowsAsync<ProblemException>(() => CallAsync(Status(200)));
        Assert.Equal(3, _rules.Authorized.Count);
    }

    [Fact]
    public async Task A_system_whose_quota_is_by_the_minute_is_left_alone_for_one()
    {
        _rules.Minute = TimeSpan.FromMinutes(1);
        using var answer = await CallAsync(Status(429), Status(503), Status(429, retryAfter: 2), Status(200));
        Assert.Equal([60, 1, 2], _clock.Pauses.Select(p => p.TotalSeconds));
    }

    [Theory]
    [InlineData("http://host.example/", false, true)]
    [InlineData("http://10.0.0.1:9200/", false, true)]
    [InlineData("http://127.0.0.1.example/", false, true)]
    [InlineData("http://host.example/", true, false)]
    [InlineData("https://host.example/", false, false)]
    [InlineData("http://localhost:9200/", false, false)]
    [InlineData("http://127.9.9.9/", false, false)]
    [InlineData("http://[::1]:9200/", false, false)]
    public async Task A_login_does_not_travel_readably_to_another_machine(string address, bool allowed, bool refused)
    {
        _rules.Sends = new AuthenticationHeaderValue("Bearer", "planted");
        using var caller = new RestCaller(_rules, _clock, handler: new Script([Status(200)]), allowHttp: allowed);
        async Task Call() => (await caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, address), Any, default)).Dispose();
        if (!refused)
            await Call();
        else if (await Assert.ThrowsAsync<ProblemException>(Call) is { Problem: var problem })
            Assert.Equal((ProblemKind.Configuration, true), (problem.Kind, problem.Fix!.Contains("allow_http", StringComparison.Ordinal)));
    }

    private static RestContract Any => new(_ => null);

    private static Func<HttpResponseMessage> Body(int status, string body) => () =>
        new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };

    private static HttpRequestMessage Get() => new(HttpMethod.Get, "http://host.invalid/");

    private static Func<HttpResponseMessage> Status(int status, int? retryAfter = null) => () =>
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent("{}") };
        if (retryAfter is { } seconds)
            response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(seconds));
        return response;
    };

    private static Func<HttpResponseMessage> Fault(HttpRequestError error) => () => throw new HttpRequestException(error);

    private async Task<RestAnswer> CallAsync(params Func<HttpResponseMessage>[] steps)
    {
        using var caller = Caller(steps);
        return await caller.SendAsync(Get, Any, CancellationToken.None);
    }

    private RestCaller Caller(Func<HttpResponseMessage>[] steps) =>
        new(_rules, _clock, new RestRetry { Jitter = () => 1 }, new Script(steps));

    private sealed class Script(Func<HttpResponseMessage>[] steps) : HttpMessageHandler
    {
        private int _next;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(steps[_next++]());
    }

    private sealed class Rules : IRestRules
    {
        public List<bool> Authorized { get; } = [];

        public Queue<ProblemKind> Login { get; } = new();

        public TimeSpan? Minute { get; set; }

        public AuthenticationHeaderValue? Sends { get; set; }

        public TimeSpan? ThrottlePause => Minute;

        public string Place => "warehouse 'w'";

        public ValueTask AuthorizeAsync(HttpRequestMessage request, bool refresh, CancellationToken ct)
        {
            Authorized.Add(refresh);
            if (Login.TryDequeue(out var kind))
                throw new ProblemException(kind, "no token", Place);
            request.Headers.Authorization = Sends;
            return ValueTask.CompletedTask;
        }

        public RestVerdict Judge(RestAnswer answer) => (int)answer.Status switch
        {
            401 => RestVerdict.Unauthorized,
            429 => RestVerdict.Throttled,
            503 => RestVerdict.Transient,
            _ => RestVerdict.Failure,
        };

        public Problem Explain(RestAnswer answer) => new(ProblemKind.Transient, $"answered {(int)answer.Status}", Place);
    }
}
