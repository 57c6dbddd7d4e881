namespace PendoSync.Tests.Simulator;

/// <summary>A clock whose stopwatch stands still, so that all calls fall into one second on a slow machine too.</summary>
internal sealed class StillTime : TimeProvider
{
    public override long GetTimestamp() => 0;
}
