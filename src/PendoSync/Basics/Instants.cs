namespace PendoSync.Basics;

/// <summary>
/// Instants that stand in the state and were written by a clock that may have been ahead. "Now" is what the store's clock says when it
/// is asked, never what a row says; so such an instant harms nothing for longer than the clock was wrong.
/// </summary>
internal static class Instants
{
    /// <summary>Clocks may differ by so much, and a store may tell its own in whole seconds.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    /// <summary>When something happened that is over: not later than now.</summary>
    public static DateTimeOffset Past(DateTimeOffset at, DateTimeOffset now) => at > now ? now : at;

    /// <summary>When something happened that is over: not later than now; null stays null.</summary>
    public static DateTimeOffset? Past(DateTimeOffset? at, DateTimeOffset now) => at is { } known ? Past(known, now) : null;

    /// <summary>How long to wait for a time to come; zero also when it is further ahead than it can have been set.</summary>
    /// <param name="due">The time to come.</param>
    /// <param name="longest">How far ahead it may have been set.</param>
    /// <param name="now">The store's clock.</param>
    public static TimeSpan Wait(DateTimeOffset? due, TimeSpan longest, DateTimeOffset now) =>
        due is { } at && at > now && at <= now + longest + Slack ? at - now : TimeSpan.Zero;
}
