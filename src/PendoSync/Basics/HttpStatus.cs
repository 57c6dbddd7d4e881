namespace PendoSync.Basics;

/// <summary>What statuses of HTTP mean to whoever asks, whatever the system.</summary>
public static class HttpStatus
{
    /// <summary>
    /// True for 408, 425 and 5xx: the same request may succeed in a moment (RFC 9110, 15.5.9 and 15.6; RFC 8470, 5.2). A 429, which says
    /// that too, is a matter of the rate.
    /// </summary>
    public static bool MayPass(int status) => status is 408 or 425 or >= 500;
}
