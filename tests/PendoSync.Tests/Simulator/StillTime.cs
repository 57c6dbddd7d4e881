namespace PendoSync.Tests.Simulator;

/// <summary>
/// A clock whose stopwatch stands still until a test moves it, so that all calls fall into one second on a slow machine too.
/// </summary>
internal sealed class StillTime : TimeProvider
{
    public TimeSpan Passed { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Passed.Ticks;
}
