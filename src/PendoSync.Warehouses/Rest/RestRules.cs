namespace PendoSync.Warehouses.Rest;

/// <summary>What an answer without success means, as the vendor documents it; what a success is, <see cref="RestContract"/> says.</summary>
internal enum RestVerdict
{
    /// <summary>The same call may work in a moment (503, cold start).</summary>
    Transient,

    /// <summary>Too many calls (429); Retry-After is kept.</summary>
    Throttled,

    /// <summary>The token was refused: it is made afresh once.</summary>
    Unauthorized,

    /// <summary>A person has to change something.</summary>
    Failure,
}

/// <summary>What a vendor says about its API; the loop around it is <see cref="RestCaller"/>.</summary>
internal interface IRestRules
{
    /// <summary>For messages: "warehouse 'analytics'".</summary>
    string Place { get; }

    /// <summary>
    /// Puts the credentials into a request. With <paramref name="refresh"/> the last ones were refused: secrets are read afresh, tokens
    /// made anew.
    /// </summary>
    /// <exception cref="ProblemException">Transient and Throttled are tried again; anything else ends the call.</exception>
    ValueTask AuthorizeAsync(HttpRequestMessage request, bool refresh, CancellationToken ct);

    /// <summary>The pause after an answer that asks for fewer calls without saying how long; null: as after any other.</summary>
    TimeSpan? ThrottlePause => null;

    /// <summary>What an answer means that is no success.</summary>
    RestVerdict Judge(RestAnswer answer);

    /// <summary>The problem behind a failed answer, with its fix. Must hold no secret.</summary>
    Problem Explain(RestAnswer answer);
}

/// <summary>How often and how patiently a call is tried.</summary>
internal sealed record RestRetry
{
    /// <summary>Tries in all. Default 6.</summary>
    public int Tries { get; init; } = 6;

    /// <summary>Upper end of the first pause; doubles with every try. Default 500 ms.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Upper end of any pause. Default 30 s.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A Retry-After longer than this ends the call at once. Default 2 min.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A number in [0, 1) for the jitter.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;

    /// <summary>The pause before try <paramref name="next"/> (from 2): full jitter, and never shorter than Retry-After.</summary>
    public TimeSpan Pause(int next, TimeSpan? retryAfter)
    {
        var ceiling = Math.Min(LongestPause.TotalMilliseconds, FirstPause.TotalMilliseconds * Math.Pow(2, next - 2));
        var jittered = TimeSpan.FromMilliseconds(ceiling * Jitter());
        return retryAfter is { } least && least > jittered ? least : jittered;
    }
}
