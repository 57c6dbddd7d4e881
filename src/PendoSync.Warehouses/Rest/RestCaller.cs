using System.Net;

namespace PendoSync.Warehouses.Rest;

/// <summary>
/// The one way REST systems are called: transient answers and network faults are tried again with exponential backoff and full jitter,
/// Retry-After is kept, credentials are made afresh once after a refusal, and what remains is a <see cref="ProblemException"/>.
/// </summary>
internal sealed class RestCaller : IDisposable
{
    /// <summary>Marks a request to storage with its own credentials in the address, whose answers are not the vendor's own.</summary>
    public static readonly HttpRequestOptionsKey<bool> IsLink = new("link");

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    // Headers and body of one try; the longest documented server-side wait is 200 s (BigQuery).
    private static readonly TimeSpan CallTimeout = TimeSpan.FromMinutes(5);

    // A host that never answered is more likely a wrong setting than a passing fault.
    private const int TriesToReach = 3;

    private readonly HttpClient _http;
    private readonly IRestRules _rules;
    private readonly TimeProvider _clock;
    private readonly RestRetry _retry;
    private volatile bool _reached;

    /// <summary>Makes a caller; does not connect.</summary>
    /// <param name="rules">What the vendor says.</param>
    /// <param name="clock">Time of the pauses.</param>
    /// <param name="retry">How often and how patiently; null: the defaults.</param>
    /// <param name="handler">Null: the network.</param>
    public RestCaller(IRestRules rules, TimeProvider clock, RestRetry? retry = null, HttpMessageHandler? handler = null)
    {
        (_rules, _clock, _retry) = (rules, clock, retry ?? new RestRetry());
        // Redirects are not followed: they would carry credentials to another host.
        _http = new HttpClient(handler ?? new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.All,
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("PendoFunctions");
    }

    /// <summary>Sends until there is an answer the vendor calls a success. The caller disposes it.</summary>
    /// <param name="make">Makes the request; called for every try.</param>
    /// <param name="ct">Ends call and pauses.</param>
    /// <param name="authorize">False: without credentials (links that carry their own).</param>
    /// <exception cref="ProblemException">No success within the tries.</exception>
    public async Task<RestAnswer> SendAsync(Func<HttpRequestMessage> make, CancellationToken ct, bool authorize = true)
    {
        var refresh = false;
        for (var tries = 1; ; tries++)
        {
            ProblemException problem;
            TimeSpan? retryAfter = null;
            try
            {
                var answer = await SendOnceAsync(make, authorize, refresh, ct);
                var verdict = _rules.Judge(answer);
                if (verdict == RestVerdict.Success)
                    return answer;
                using (answer)
                {
                    if (verdict == RestVerdict.Unauthorized && authorize && !refresh)
                    {
                        refresh = true;
                        tries--;
                        continue;
                    }

                    problem = new ProblemException(_rules.Explain(answer));
                    if (verdict is RestVerdict.Failure or RestVerdict.Unauthorized)
                        throw problem;
                    retryAfter = RetryAfter(answer);
                    refresh = false;
                }
            }
            catch (Exception error) when (error is HttpRequestException or IOException || IsTimeout(error, ct))
            {
                problem = NetworkFaults.Explain(error, _rules.Place, _reached);
                if (NetworkFaults.IsFinal(error, _reached))
                    throw problem;
            }

            if (tries >= (_reached ? _retry.Tries : Math.Min(_retry.Tries, TriesToReach)) || retryAfter > _retry.LongestRetryAfter)
                throw problem;
            await Task.Delay(_retry.Pause(tries + 1, retryAfter), _clock, ct);
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

    /// <summary>The problem of an answer that succeeded but lacks a documented member.</summary>
    public ProblemException Lacks(string member) => new(ProblemKind.Transient, $"an answer lacks its '{member}'", _rules.Place,
        "Run again; if it stays, look for a proxy that changes answers.");

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static bool IsTimeout(Exception error, CancellationToken ct) => error is OperationCanceledException && !ct.IsCancellationRequested;

    private async Task<RestAnswer> SendOnceAsync(Func<HttpRequestMessage> make, bool authorize, bool refresh, CancellationToken ct)
    {
        using var request = make();
        request.Options.Set(IsLink, !authorize);
        if (authorize)
            await _rules.AuthorizeAsync(request, refresh, ct);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(CallTimeout);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        _reached = true;
        await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
        return new RestAnswer(request, response.StatusCode, response.Headers, await PooledBytes.ReadAsync(stream, limit.Token));
    }

    private TimeSpan? RetryAfter(RestAnswer answer) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - _clock.GetUtcNow(),
        _ => null,
    };
}
