using System.IO.Hashing;

namespace PendoSync.State;

/// <summary>
/// The mark in a checkpoint: a number that grows with each run that sends, with a tail that a copy which goes its own way does not have. A
/// checkpoint knows its last ones.
/// </summary>
internal static class CheckpointMarks
{
    private const int MostKept = 16;
    private const int TailBits = 20;

    /// <summary>The checkpoint with its mark counted on.</summary>
    /// <param name="now">The checkpoint.</param>
    /// <param name="above">The new mark is larger than this one too, and replaces those before.</param>
    public static Checkpoint CountOn(this Checkpoint now, long above = 0)
    {
        var last = Math.Max(now.Mark, above);
        var tail = XxHash64.HashToUInt64(BitConverter.GetBytes(now.ReadAt.UtcTicks), last) & ((1UL << TailBits) - 1);
        var next = (((last >> TailBits) + 1) << TailBits) | (long)tail;
        return now with { Marks = [.. above > 0 ? [] : now.Marks.TakeLast(MostKept - 1), next] };
    }

    /// <summary>True when the second place has a mark that this checkpoint never had: it was restored, or is a copy.</summary>
    public static bool IsBehind(this Checkpoint now, long mark) =>
        mark > now.Mark || (now.Marks.Count > 0 && mark >= now.Marks[0] && !now.Marks.Contains(mark));
}
