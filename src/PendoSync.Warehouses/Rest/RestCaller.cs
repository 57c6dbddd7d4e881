using System.Net;

namespace PendoSync.Warehouses.Rest;

/// <summary>
/// The one way REST systems are called: transient answers, answers that are not what the contract gives, and network faults are tried again
/// with exponential backoff and full jitter, Retry-After is kept, credentials are made afresh once after a refusal, and what remains is a
/// <see cref="ProblemException"/>.
/// </summary>
internal sealed class RestCaller : IDisposable
{
    /// <summary>Marks a request to storage with its own credentials in the address, whose answers are not the vendor's own.</summary>
    public static readonly HttpRequestOptionsKey<bool> IsLink = new("link");

    // Headers and body of one try; the longest documented server-side wait is 200 s (BigQuery).
    private static readonly TimeSpan CallTimeout = TimeSpan.FromMinutes(5);

    // A host that never answered is more likely a wrong setting than a passing fault.
    private const int TriesToReach = 3;

    private readonly HttpClient _http;
    private readonly IRestRules _rules;
    private readonly TimeProvider _clock;
    private readonly RestRetry _retry;
    private readonly bool _allowHttp;
    private volatile bool _reached;

    /// <summary>Makes a caller; does not connect.</summary>
    /// <param name="rules">What the vendor says.</param>
    /// <param name="clock">Time of the pauses.</param>
    /// <param name="retry">How often and how patiently; null: the defaults.</param>
    /// <param name="handler">Null: the network.</param>
    /// <param name="allowHttp">True: credentials may travel over http to another machine.</param>
    public RestCaller(IRestRules rules, TimeProvider clock, RestRetry? retry = null, HttpMessageHandler? handler = null,
        bool allowHttp = false)
    {
        (_rules, _clock, _retry, _allowHttp) = (rules, clock, retry ?? new RestRetry(), allowHttp);
        _http = new HttpClient(handler ?? NewHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("PendoFunctions");
    }

    /// <summary>The handler of every system: that of all calls, which also takes compressed answers.</summary>
    public static SocketsHttpHandler NewHandler()
    {
        var handler = Outbound.NewHandler();
        handler.AutomaticDecompression = DecompressionMethods.All;
        return handler;
    }

    /// <summary>Sends until there is the answer that the contract gives. The caller disposes it.</summary>
    /// <param name="make">Makes the request; called for every try.</param>
    /// <param name="contract">What is an answer; anything else of success is fetched again.</param>
    /// <param name="ct">Ends call and pauses.</param>
    /// <param name="authorize">False: without credentials (links that carry their own).</param>
    /// <exception cref="ProblemException">No such answer within the tries.</exception>
    public async Task<RestAnswer> SendAsync(Func<HttpRequestMessage> make, RestContract contract, CancellationToken ct,
        bool authorize = true)
    {
        var refresh = false;
        for (var tries = 1; ; tries++)
        {
            ProblemException problem;
            TimeSpan? least = null;
            Uri? address = null;
            var lost = false;
            try
            {
                var answer = await SendOnceAsync(Addressed, authorize, refresh, ct);
                var fault = FaultOf(answer, contract);
                if (fault is null && contract.Takes(answer))
                    return answer;
                using (answer)
                {
                    var verdict = fault is null ? _rules.Judge(answer) : RestVerdict.Transient;
                    if (verdict == RestVerdict.Unauthorized && authorize && !refresh)
                    {
                        refresh = true;
                        tries--;
                        continue;
                    }

                    problem = fault is null ? new ProblemException(_rules.Explain(answer)) : Undocumented(fault);
                    if (verdict is RestVerdict.Failure or RestVerdict.Unauthorized)
                        throw problem;
                    least = RetryAfter(answer) ?? (verdict == RestVerdict.Throttled ? _rules.ThrottlePause : null);
                    (lost, refresh) = (fault is not null, false);
                }
            }
            catch (Exception error) when (error is HttpRequestException or IOException or InvalidDataException || IsTimeout(error, ct))
            {
                problem = NetworkFaults.Explain(error, address, _rules.Place, _reached);
                lost = true;
                if (NetworkFaults.IsFinal(error, _reached))
                    throw problem;
            }
            catch (NoLoginNowException now)
            {
                problem = now.Problem;
            }

            if (tries >= (_reached ? _retry.Tries : Math.Min(_retry.Tries, TriesToReach)) || least > _retry.LongestRetryAfter
                || (lost && !contract.CanAskAgain))
                throw problem;
            await Task.Delay(_retry.Pause(tries + 1, least), _clock, ct);

            HttpRequestMessage Addressed()
            {
                var request = make();
                address = request.RequestUri;
                return request;
            }
        }
    }

    /// <summary>Sends once, for work that is being given up anyway; errors are swallowed, and it takes five seconds at most.</summary>
    public async Task TryOnceAsync(Func<HttpRequestMessage> make)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            (await SendOnceAsync(make, authorize: true, refresh: false, limit.Token)).Dispose();
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException or ProblemException)
        {
            // The system drops abandoned work by itself, only later.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static bool IsTimeout(Exception error, CancellationToken ct) =>
        error is OperationCanceledException && !ct.IsCancellationRequested;

    private async Task<RestAnswer> SendOnceAsync(Func<HttpRequestMessage> make, bool authorize, bool refresh, CancellationToken ct)
    {
        using var request = make();
        request.Options.Set(IsLink, !authorize);
        if (authorize)
            await AuthorizeAsync(request, refresh, ct);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(CallTimeout);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        _reached = true;
        await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
        return new RestAnswer(request, response.StatusCode, response.Headers, await ReadAsync(stream, limit.Token));
    }

    private static async Task<PooledBytes> ReadAsync(Stream body, CancellationToken ct)
    {
        try
        {
            return await PooledBytes.ReadAsync(body, ct);
        }
        catch (InvalidOperationException error)
        {
            // What the Brotli stream throws where the others say InvalidDataException.
            throw new InvalidDataException("the answer cannot be decompressed", error);
        }
    }

    // A token endpoint that cannot answer now is waited for like the system itself.
    private async ValueTask AuthorizeAsync(HttpRequestMessage request, bool refresh, CancellationToken ct)
    {
        try
        {
            await _rules.AuthorizeAsync(request, refresh, ct);
        }
        catch (ProblemException error) when (error.Problem.Kind is ProblemKind.Transient or ProblemKind.Throttled)
        {
            throw new NoLoginNowException(error);
        }

        if (request.Headers.Authorization is not null)
            RestSupport.RefuseReadable(request.RequestUri!, _allowHttp, _rules.Place);
    }

    private static string? FaultOf(RestAnswer answer, RestContract contract) =>
        contract.Takes(answer) ? contract.FaultOf(answer)
        : answer.IsSuccess ? $"HTTP {(int)answer.Status} in place of the result"
        : null;

    private ProblemException Undocumented(string fault) => new(ProblemKind.Transient, "the system sent " + fault, _rules.Place,
        "Run again; if it stays, look for a proxy or a sign-in page between here and the system.");

    private TimeSpan? RetryAfter(RestAnswer answer) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - _clock.GetUtcNow(),
        _ => null,
    };

    private sealed class NoLoginNowException(ProblemException problem) : Exception
    {
        public ProblemException Problem { get; } = problem;
    }
}
