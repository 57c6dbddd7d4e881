using System.Net;

namespace PendoSync.Pendo;

/// <summary>How a call ended when there was no complete answer.</summary>
public enum CallFault
{
    /// <summary>There was an answer.</summary>
    None,

    /// <summary>No connection was made: surely not applied.</summary>
    NotSent,

    /// <summary>The connection broke or the time ran out: applied or not, nobody knows.</summary>
    Ambiguous,
}

/// <summary>One answer of Pendo's, or the lack of one.</summary>
/// <param name="Status">HTTP status; 0 without answer.</param>
/// <param name="Body">The body; of a very long one only the beginning.</param>
/// <param name="RetryAfter">The wait Pendo asked for, as it came; null when it did not.</param>
/// <param name="Fault">Why there is no answer.</param>
/// <param name="Detail">For messages; no secret in it.</param>
public sealed record PendoAnswer(int Status, byte[] Body, TimeSpan? RetryAfter, CallFault Fault = CallFault.None, string? Detail = null)
{
    /// <summary>What mends the fault, where that is known.</summary>
    public string? Fix { get; init; }

    /// <summary>How long a write took; zero for a read.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>True for 2xx.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>True for a page of HTML with 2xx: something else has answered, as a proxy that wants a login, in Pendo's place.</summary>
    public bool IsPage => IsSuccess && Body.AsSpan().TrimStart("\uFEFF \t\r\n"u8) is [(byte)'<', ..];

    /// <summary>True for a refused key.</summary>
    public bool IsKeyRefused => Status is (int)HttpStatusCode.Unauthorized or (int)HttpStatusCode.Forbidden;

    /// <summary>True when every further call would be answered alike: a refused key, a redirect, somebody else's page.</summary>
    public bool StopsAll => IsKeyRefused || IsPage || Status is >= 300 and < 400;
}
