using PendoSync.Definitions;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Planning;

/// <summary>
/// A sync that was given another name is new to its state. What nobody claims any more and fits is named, and taken over when the
/// definition says so, so that no ledger is left behind unnoticed.
/// </summary>
internal sealed class Renaming(StateStore state, EngineOptions options)
{
    /// <summary>Value of <c>renamed_from</c> for a sync that begins anew.</summary>
    public const string None = "none";

    private readonly SnapshotLoader _snapshots = new(state, options);

    /// <summary>States that no sync of the project claims and that fit this one; none when it has its own, or says which it is.</summary>
    public async Task<IReadOnlyList<string>> UnclaimedAsync(SyncContext context, Checkpoint checkpoint, CancellationToken ct)
    {
        // A former name without a state is a slip of the pen, as long as another state fits.
        if (!IsNew(checkpoint) || context.Sync.RenamedFrom == None || await FormerAsync(context, checkpoint, ct) is not null)
            return [];
        return await FittingAsync(context, ct);
    }

    /// <summary>What is said of them. It stops events, of which each is sent once; values are only sent once more.</summary>
    public static Problem Ask(SyncDefinition sync, IReadOnlyList<string> unclaimed) => new(ProblemKind.Configuration,
        $"no sync of the project claims the state of {string.Join(", ", unclaimed.Select(n => $"'{n}'"))} any more, which fits this new "
        + (sync.Event is null ? "one: what it sent would be sent once more" : "one: every event that it sent would be sent again"),
        $"sync '{sync.Name}'",
        $"Write `renamed_from: {unclaimed[0]}` into {sync.File} if this is that sync with another name, else `renamed_from: {None}`.");

    /// <summary>The checkpoint that a new sync goes on from: that of its former name, while it has none of its own.</summary>
    public async Task<Checkpoint> GoesOnFromAsync(SyncContext context, Checkpoint own, CancellationToken ct) =>
        await FormerAsync(context, own, ct) ?? own;

    /// <summary>Takes over the state of a sync's former name, if there is one and it has none of its own.</summary>
    /// <param name="context">The sync.</param>
    /// <param name="own">Its checkpoint, with our lease.</param>
    /// <param name="ender">Ends what is left of the former sync's run.</param>
    /// <param name="settler">Settles what it has sent.</param>
    /// <param name="change">Writes our checkpoint.</param>
    /// <param name="ct">Ends it; whatever was written then is written again.</param>
    /// <returns>The checkpoint, and what to tell; null: nothing was taken.</returns>
    public async Task<(Checkpoint Checkpoint, string? Notice)> TakeOverAsync(SyncContext context, Checkpoint own, RunEnder ender,
        Settler settler, Func<Func<Checkpoint, Checkpoint>, Task<Checkpoint>> change, CancellationToken ct)
    {
        if (await FormerAsync(context, own, ct) is not { } former)
            return (own, null);
        if (former.Active is { } active)
        {
            await ender.StopAsync(former.Sync, active.RunId, null, RunState.Cancelled, new Problem(ProblemKind.Conflict,
                $"the sync is called '{own.Sync}' now", active.RunId, $"Look at {own.Sync}."), ct);
            former = await state.Checkpoints.ReadAsync(former.Sync, ct);
        }

        var (ended, doubt) = await settler.SettleAsync(former, ct);
        var index = await _snapshots.LoadAsync(former with { Ended = ended }, context.IsEvents, ct);
        var id = $"{own.Active!.RunId[(own.Active.RunId.LastIndexOf('-') + 1)..]}.{own.Active.Attempt}r";
        await change(now => now with { LooseParts = [.. now.LooseParts.Append(id).Distinct()] });
        var parts = await _snapshots.RewriteAsync(own, index, seenOnly: false, id, ct);
        await state.Rejections.CopyAsync(former.Sync, own.Sync, ct);
        var taken = await change(now => now.WithParts(parts) with
        {
            Seeds = former.Seeds,
            Identity = former.Identity,
            DefinitionHash = former.DefinitionHash,
            Fields = former.Fields,
            Repeated = former.Repeated,
            Doubts = Doubt.Add(former.Doubts, doubt),
            Marks = former.Marks,
            SentUntil = former.SentUntil,
            Cursor = former.Cursor,
            LastFull = former.LastFull,
            LastSuccess = former.LastSuccess,
            PlanSeconds = former.PlanSeconds,
            Standing = former.Standing,
            EmptySince = former.EmptySince,
        });
        await ForgetAsync(former, ended);
        return (taken, $"The state of '{former.Sync}' was taken over: {index.Accepted:N0} records that it sent count.");
    }

    /// <summary>What is said of unclaimed states that fit these syncs; a state that cannot be read says nothing.</summary>
    public async Task<IReadOnlyList<(SyncDefinition Sync, Problem Ask)>> AskAllAsync(
        IEnumerable<SyncContext> contexts, CancellationToken ct)
    {
        var asked = new List<(SyncDefinition, Problem)>();
        try
        {
            foreach (var context in contexts)
            {
                // Mostly there is none, and a checkpoint takes longer to read than all definitions.
                if (await FittingAsync(context, ct) is [])
                    continue;
                var checkpoint = await state.Checkpoints.ReadAsync(context.Sync.Name, ct);
                if (await UnclaimedAsync(context, checkpoint, ct) is { Count: > 0 } unclaimed)
                    asked.Add((context.Sync, Ask(context.Sync, unclaimed)));
            }
        }
        catch (ProblemException)
        {
        }

        return asked;
    }

    private async Task<IReadOnlyList<string>> FittingAsync(SyncContext context, CancellationToken ct)
    {
        var claimed = context.Project.Names.Concat(context.Project.Syncs.Select(s => s.RenamedFrom)).ToHashSet(StringComparer.Ordinal);
        return [.. (await state.Directory.WithAsync(context.Identity, ct)).Where(name => !claimed.Contains(name))];
    }

    private static bool IsNew(Checkpoint checkpoint) => checkpoint is { Identity.Length: 0, LastSuccess: null };

    private async Task<Checkpoint?> FormerAsync(SyncContext context, Checkpoint own, CancellationToken ct)
    {
        if (!IsNew(own) || context.Sync.RenamedFrom is null or None)
            return null;
        var former = await state.Checkpoints.ReadAsync(context.Sync.RenamedFrom, ct);
        if (former.Identity.Length == 0)
            return null;
        return former.Identity == context.Identity ? former : throw new ProblemException(ProblemKind.Configuration,
            $"the state of '{former.Sync}' belongs to another connection, app, object, group or key column", $"sync '{own.Sync}'",
            $"Undo that change for one run, or write `renamed_from: {None}` into {context.Sync.File} to begin anew.");
    }

    // Nothing depends on this: the new name has its own state now, and claims the old one.
    private async Task ForgetAsync(Checkpoint former, IReadOnlyList<EndedAttempt> ended)
    {
        try
        {
            foreach (var part in former.Parts)
                await state.Snapshots.DeleteAsync(former.Sync, part.Id, CancellationToken.None);
            foreach (var attempt in ended)
                await state.Receipts.DeleteAsync(attempt.Partition, CancellationToken.None);
            await state.Rejections.DeleteAllAsync(former.Sync, CancellationToken.None);
            await state.Checkpoints.DeleteAsync(former.Sync, CancellationToken.None);
            await state.Directory.ForgetAsync(former.Sync, CancellationToken.None);
        }
        catch (ProblemException)
        {
        }
    }
}
