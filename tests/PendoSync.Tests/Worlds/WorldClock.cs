namespace PendoSync.Tests.Worlds;

/// <summary>The time of a world: it stands still while anybody works, and jumps to the next timer when everybody waits.</summary>
internal sealed class WorldClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<Timer, (long At, long Order)> _timers = new();
    private DateTimeOffset _now;
    private long _order;

    public WorldClock(DateTimeOffset now) => _now = now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves to the next timer and runs it; false when there is none.</summary>
    public bool MoveOn()
    {
        Timer? timer;
        lock (_gate)
        {
            while (true)
            {
                if (!_timers.TryDequeue(out timer, out var due))
                    return false;
                if (timer.Due != due)
                    continue;
                timer.Due = null;
                _now = new DateTimeOffset(Math.Max(due.At, _now.UtcTicks), TimeSpan.Zero);
                break;
            }
        }

        timer.Run();
        return true;
    }

    /// <summary>Lets time pass while nobody is at work.</summary>
    public void Pass(TimeSpan time) => _now += time;

    private sealed class Timer(WorldClock clock, Action callback) : ITimer
    {
        public (long At, long Order)? Due { get; set; }

        public void Run() => callback();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                Due = null;
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                var due = (clock._now.UtcTicks + dueTime.Ticks, clock._order++);
                Due = due;
                clock._timers.Enqueue(this, due);
                return true;
            }
        }

        public void Dispose() => Due = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>The clock of one machine: the world's, put wrong by some time. Durations are right, as they are on a real machine.</summary>
internal sealed class MachineClock(WorldClock world) : TimeProvider
{
    public TimeSpan Wrong { get; set; }

    public override long TimestampFrequency => world.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => world.GetUtcNow() + Wrong;

    public override long GetTimestamp() => world.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        world.CreateTimer(callback, state, dueTime, period);
}
