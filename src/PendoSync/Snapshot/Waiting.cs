using PendoSync.Batches;

namespace PendoSync.Snapshot;

/// <summary>A record that was rejected and waits for its next try; packed into 24 bytes with its key hash.</summary>
/// <param name="Match">Fingerprint mixed with the behaviour it was rejected under: another row or another behaviour is due at once. For
/// events the rest of the id.</param>
/// <param name="Due">When it is tried again.</param>
/// <param name="Tries">How often it was rejected.</param>
/// <param name="Outcome">not_found, rejected or given_up.</param>
/// <param name="Reason">Number of the reason in the snapshot's list.</param>
internal readonly record struct Waiting(ulong Match, DateTimeOffset Due, byte Tries, RecordOutcome Outcome, ushort Reason)
{
    private static readonly DateTimeOffset _epoch = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Due, tries, outcome and reason in one word.</summary>
    public ulong Packed =>
        ((ulong)(uint)Math.Clamp((Due - _epoch).TotalSeconds, 0, uint.MaxValue) << 32) | ((ulong)Tries << 24) | (
            (ulong)Outcome << 16) | Reason;

    /// <summary>Reads what <see cref="Packed"/> made.</summary>
    public static Waiting Unpack(ulong match, ulong packed) =>
        new(match, _epoch.AddSeconds(packed >> 32), (byte)(packed >> 24), (RecordOutcome)(byte)(packed >> 16), (ushort)packed);

    /// <summary>1 h, doubling with each rejection, at most 7 d.</summary>
    public static TimeSpan BackoffAfter(int tries) =>
        TimeSpan.FromHours(Math.Min(7 * 24, Math.Pow(2, Math.Clamp(tries - 1, 0, 20))));

    /// <summary>True when it is tried again; also when its time was set by a clock that was ahead.</summary>
    public bool IsDue(DateTimeOffset now) => Instants.Wait(Due, BackoffAfter(Tries), now) == TimeSpan.Zero;

    /// <summary>The fingerprint under a behaviour.</summary>
    public static ulong MatchOf(ulong fingerprint, bool create) => create ? fingerprint ^ 0x9E3779B97F4A7C15 : fingerprint;
}
