namespace PendoFunctions.Tests.Worlds;

/// <summary>The machine's clock, moved ahead by what a test skips: delayed messages come at once while everything else runs in real time.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _ahead;

    /// <summary>Moves the clock ahead.</summary>
    public void Skip(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));
}
