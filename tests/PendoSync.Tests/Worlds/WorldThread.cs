using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace PendoSync.Tests.Worlds;

/// <summary>
/// Runs everything of a world on one thread, so that a world runs the same way each time: in order, or in an order drawn
/// from a seed. When nobody has anything to do, the clock moves on.
/// </summary>
internal sealed class WorldThread(WorldClock clock, Random? order) : TaskScheduler
{
    private const int MostSteps = 3_000_000;
    private static readonly TimeSpan LongestVirtual = TimeSpan.FromDays(60);
    private readonly Lock _gate = new();
    private readonly List<Task> _ready = [];
    private readonly AutoResetEvent _more = new(false);
    private int _thread = -1;
    private int _elsewhere;

    // Worlds block the threads of the tests that run them; what a semaphore hands to the pool must not wait until it grows.
    static WorldThread()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, 64), ports);
    }

    /// <summary>Something goes on on another thread and will come back here; the clock waits for it.</summary>
    public void Leave() => Interlocked.Increment(ref _elsewhere);

    /// <summary>Runs to the end of <paramref name="work"/>.</summary>
    public void Run(Func<Task> work)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        _thread = Environment.CurrentManagedThreadId;
        var end = clock.GetUtcNow() + LongestVirtual;
        try
        {
            var all = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, this).Unwrap();
            for (var steps = 0; !all.IsCompleted; steps++)
            {
                if (steps > MostSteps || clock.GetUtcNow() > end)
                    throw new InvalidOperationException($"The world does not come to an end ({steps} steps, clock {clock.GetUtcNow():u}).");
                if (TryTake(out var task))
                    TryExecuteTask(task);
                else if (!WaitBriefly() && !clock.MoveOn() && !_more.WaitOne(TimeSpan.FromSeconds(5)))
                    throw new InvalidOperationException("The world stands still: nobody works and nobody waits for a time.");
            }

            all.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    protected override void QueueTask(Task task)
    {
        lock (_gate)
            _ready.Add(task);
        if (Environment.CurrentManagedThreadId != _thread)
            _more.Set();
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && Environment.CurrentManagedThreadId == _thread && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => _ready;

    private bool TryTake([NotNullWhen(true)] out Task? task)
    {
        task = null;
        lock (_gate)
        {
            if (_ready.Count == 0)
                return false;
            var at = order is null ? 0 : order.Next(_ready.Count);
            task = _ready[at];
            _ready.RemoveAt(at);
            return true;
        }
    }

    // The library does a little of its work on other threads; what it posts from there comes within microseconds.
    private bool WaitBriefly()
    {
        if (Interlocked.Exchange(ref _elsewhere, 0) > 0 && _more.WaitOne(TimeSpan.FromMilliseconds(20)))
            return true;
        // Other tests keep the pool busy too, so this is no proof and does not wait for long.
        if (ThreadPool.PendingWorkItemCount > 0 && _more.WaitOne(TimeSpan.FromMilliseconds(1)))
            return true;
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMicroseconds(3))
        {
            lock (_gate)
                if (_ready.Count > 0)
                    return true;
        }

        return false;
    }
}
