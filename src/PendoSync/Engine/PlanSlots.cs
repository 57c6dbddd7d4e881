namespace PendoSync.Engine;

/// <summary>Bounds how many syncs one process plans at once: a plan holds what its sync has sent in memory.</summary>
/// <param name="count">Plans at once; at least 1.</param>
public sealed class PlanSlots(int count)
{
    private int _free = count;

    /// <summary>Takes a slot for one plan if there is one; never waits.</summary>
    /// <returns>Gives the slot back when it is disposed; null: all are taken.</returns>
    public IDisposable? TryTake()
    {
        if (Interlocked.Decrement(ref _free) >= 0)
            return new Slot(this);
        Interlocked.Increment(ref _free);
        return null;
    }

    private sealed class Slot(PlanSlots slots) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0)
                Interlocked.Increment(ref slots._free);
        }
    }
}
