namespace PendoFunctions.Tests.Worlds;

/// <summary>The machine's clock, moved ahead by what a test skips.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _ahead;

    /// <summary>The same clock for a broker: what waits for a message's time wakes up when that time is skipped.</summary>
    public TimeProvider Waking => new WakingClock(this);

    /// <summary>What was skipped so far.</summary>
    public TimeSpan Ahead => TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    /// <summary>Moves the clock ahead. Timers of the app keep real time, so work in progress goes on.</summary>
    public void Skip(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;

    private sealed class WakingClock(ShiftedClock clock) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            dueTime <= TimeSpan.Zero || period > TimeSpan.Zero
                ? System.CreateTimer(callback, state, dueTime, period)
                : new WakingTimer(clock, callback, state, dueTime);
    }

    // One shot: looks often whether its time has come.
    private sealed class WakingTimer : ITimer
    {
        private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
        private readonly ITimer _timer;
        private readonly DateTimeOffset _due;
        private int _fired;

        public WakingTimer(ShiftedClock clock, TimerCallback callback, object? state, TimeSpan dueTime)
        {
            _due = clock.GetUtcNow() + dueTime;
            _timer = System.CreateTimer(_ =>
            {
                if (clock.GetUtcNow() >= _due && Interlocked.Exchange(ref _fired, 1) == 0)
                    callback(state);
            }, null, Look, Look);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => _timer.Change(dueTime, period);

        public void Dispose() => _timer.Dispose();

        public ValueTask DisposeAsync() => _timer.DisposeAsync();
    }
}
