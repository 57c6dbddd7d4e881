namespace PendoSync.Web.Http;

/// <summary>A request that cannot be answered with what was asked for; written as a problem (RFC 9457).</summary>
/// <param name="status">HTTP status.</param>
/// <param name="message">One sentence.</param>
/// <param name="place">The parameter, member or path to blame.</param>
/// <param name="fix">What mends it.</param>
internal sealed class ApiException(int status, string message, string? place = null, string? fix = null) : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The parameter, member or path to blame.</summary>
    public string? Place { get; } = place;

    /// <summary>What mends it.</summary>
    public string? Fix { get; } = fix;

    /// <summary>The run that is in the way.</summary>
    public string? RunId { get; init; }

    /// <summary>What the caller is not told; for the log.</summary>
    public Problem? Cause { get; init; }

    /// <summary>Methods that would have been answered, for 405.</summary>
    public string? Allow { get; init; }
}
