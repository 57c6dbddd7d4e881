using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Tests.Runs;

/// <summary>Run s-1 of sync s in its second attempt, with a closed plan of <c>Batches</c> batches.</summary>
internal static class DeliveringRun
{
    /// <summary>Writes its record and makes it the active run.</summary>
    /// <param name="state">Where.</param>
    /// <param name="batches">Batches that are to be delivered.</param>
    /// <param name="planned">Records read and planned.</param>
    /// <param name="error">What its record says already.</param>
    /// <param name="change">What is different of the active run.</param>
    /// <param name="known">What the sync's checkpoint holds besides.</param>
    public static async Task StartAsync(StateStore state, int batches, long planned, Problem? error = null,
        Func<ActiveRun, ActiveRun>? change = null, Func<Checkpoint, Checkpoint>? known = null)
    {
        var now = (await state.Checkpoints.ReadAsync("s", default)).ReadAt;
        await state.Runs.WriteAsync(new RunRecord
        {
            Sync = "s",
            RunId = "s-1",
            RequestedAt = now,
            Attempt = 2,
            State = RunState.Delivering,
            Error = error,
            Counts = new RunCounts { Read = planned, Planned = planned },
        }, default);
        var active = new ActiveRun
        {
            RunId = "s-1",
            Attempt = 2,
            State = ActiveState.Delivering,
            Batches = batches,
            Planned = planned,
            Complete = true,
            Since = now,
        };
        await state.Checkpoints.ChangeAsync("s", before => (known is null ? before : known(before)) with
        {
            Active = change is null ? active : change(active),
        }, default);
    }
}
