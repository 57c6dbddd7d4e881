using System.Security.Cryptography;
using System.Text;

namespace PendoSync.State;

/// <summary>
/// Notices a state that was restored from a backup or copied: each run counts a mark on in its checkpoint, and then in a second place.
/// Where the second place is ahead, the state has forgotten what was sent.
/// </summary>
/// <param name="store">The second place; null: there is none, and nothing is noticed.</param>
/// <param name="checkpoints">The checkpoints.</param>
public sealed class Marks(IMarkStore? store, CheckpointTable checkpoints)
{
    /// <summary>Compares a checkpoint with its mark.</summary>
    public async Task<MarkView> LookAsync(Checkpoint checkpoint, CancellationToken ct)
    {
        if (store is null)
            return new MarkView(checkpoint.Mark, false, null);
        try
        {
            return await store.ReadAsync(IdOf(checkpoint), ct) is { } mark
                ? new MarkView(Math.Max(mark, checkpoint.Mark), await IsBehindAsync(checkpoint, mark, ct), null)
                : new MarkView(checkpoint.Mark, false, checkpoint.Marks.Count == 0 ? null
                    : "The mark of this state is not here: whether the state was restored or copied from elsewhere cannot be told.");
        }
        catch (ProblemException e)
        {
            return new MarkView(checkpoint.Mark, false, "A restored state would not be noticed now: " + e.Problem.Message + ".");
        }
    }

    // A run that went on meanwhile has written its checkpoint before its mark.
    private async Task<bool> IsBehindAsync(Checkpoint checkpoint, long mark, CancellationToken ct) =>
        checkpoint.IsBehind(mark) && (await checkpoints.ReadAsync(checkpoint.Sync, ct)).IsBehind(mark);

    /// <summary>Counts the mark on, unless the checkpoint is behind it; what hinders it hinders nothing else.</summary>
    /// <returns>What to tell; null: it was done.</returns>
    public async Task<string?> WriteAsync(Checkpoint checkpoint, CancellationToken ct)
    {
        try
        {
            if (store is not null && !(await LookAsync(checkpoint, ct)).IsBehind)
                await store.WriteAsync(IdOf(checkpoint), checkpoint.Mark, ct);
            return null;
        }
        catch (ProblemException e)
        {
            return "A restored state would not be noticed later: " + e.Problem.Message + ".";
        }
    }

    // The seeds are drawn when a state begins, and go with every copy of it.
    private static string IdOf(Checkpoint checkpoint) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(checkpoint.Seeds.ToString())))[..32];
}

/// <summary>A checkpoint beside its mark.</summary>
/// <param name="Mark">The higher of both.</param>
/// <param name="IsBehind">True: the checkpoint is older than what was done last.</param>
/// <param name="Notice">What cannot be told; null: nothing.</param>
public sealed record MarkView(long Mark, bool IsBehind, string? Notice);
