using PendoSync.Pendo;
using PendoSync.Values;

namespace PendoSync.State;

/// <summary>
/// Keys of an earlier run are in doubt: until an instant a call of it may still be applied, and then their rows are sent once more. Which
/// keys, the snapshot knows.
/// </summary>
/// <param name="Until">From then on they are due.</param>
/// <param name="Cursor">A read from a cursor meets them again from here on; null: without a cursor.</param>
public sealed record Doubt(DateTimeOffset Until, string? Cursor)
{
    private const int MostKept = 16;

    /// <summary>True when its keys are to be sent once more; also when its time was set by a clock that was ahead.</summary>
    public bool IsDue(DateTimeOffset now) => Instants.Wait(Until, PendoClient.AppliedLate, now) == TimeSpan.Zero;

    /// <summary>Both in one: the later time, the lower cursor.</summary>
    public static Doubt? Both(Doubt? one, Doubt? other) => one is null || other is null ? one ?? other
        : new Doubt(one.Until > other.Until ? one.Until : other.Until, Lower(one.Cursor, other.Cursor));

    /// <summary>The lower of two cursors; null when neither is there.</summary>
    public static string? Lower(string? one, string? other) => one is null || other is null ? one ?? other
        : CursorValue.Parse(one) is var a && CursorValue.Parse(other) is var b && a.Kind == b.Kind && b < a ? other : one;

    /// <summary>A list with one more; the last two become one when there are too many.</summary>
    public static IReadOnlyList<Doubt> Add(IReadOnlyList<Doubt> doubts, Doubt? more) => more is null ? doubts
        : doubts.Count < MostKept ? [.. doubts, more]
        : [.. doubts.Take(MostKept - 1), Both(doubts[^1], more)!];
}
