using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Reports;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Operations;

/// <summary>Takes a person's answer to what only a person can say of a restored ledger: which events were sent.</summary>
internal sealed class DoubtAnswer(SyncEngine engine)
{
    /// <summary>The instant that somebody wrote: RFC 3339, in UTC when it says no offset.</summary>
    /// <exception cref="ProblemException">Configuration: it is none.</exception>
    public static DateTimeOffset InstantOf(string text) => TimeText.TryParse(text, TimeZoneInfo.Utc, out var at, out _)
        ? new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Utc))
        : throw new ProblemException(ProblemKind.Configuration, $"'{text}' is no instant", "sent_until",
            "Write it as 2026-03-01T12:00:00Z.");

    /// <summary>Takes it; the next run goes by it.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="sentUntil">Events of up to then were sent; null: none that the ledger does not know.</param>
    /// <param name="ct">Ends it before anything is written.</param>
    /// <exception cref="ProblemException">Configuration: no such sync, or it sends no events. Conflict: nothing is in doubt.</exception>
    public async Task<DoubtReport> TakeAsync(string sync, DateTimeOffset? sentUntil, CancellationToken ct)
    {
        if (engine.Project.Sync(sync).Object != PendoObject.TrackEvent)
            throw new ProblemException(ProblemKind.Configuration, "only events are asked about", $"sync '{sync}'",
                "Run the sync: after a restored state it sends every value once more by itself.");
        var checkpoint = await engine.State.Checkpoints.ReadAsync(sync, ct);
        var marks = await engine.State.Marks.LookAsync(checkpoint, ct);
        if (!marks.IsBehind)
            throw new ProblemException(ProblemKind.Conflict, "nothing is in doubt: the state is not older than what was sent last",
                $"sync '{sync}'", "Run the sync.");
        await engine.State.Checkpoints.ChangeAsync(sync, now => now.Answer(marks.Mark, sentUntil?.ToUniversalTime()), ct);
        return new DoubtReport(sync, sentUntil, sentUntil is { } until
            ? $"The next run counts events of up to {until.ToUniversalTime():u} as sent, and sends the others."
            : "The next run sends every event that the restored state does not know as sent.");
    }
}
