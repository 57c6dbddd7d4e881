namespace PendoFunctions.Tests.Worlds;

/// <summary>
/// The machine's clock, moved ahead by what a test skips: for the broker as a TimeProvider, for processes by libfaketime.
/// </summary>
/// <remarks>Timers keep real time, so work in progress goes on. https://github.com/wolfcw/libfaketime</remarks>
public sealed class TestClock : TimeProvider, IDisposable
{
    // A process looks into the file again after a second.
    private static readonly TimeSpan UntilSeen = TimeSpan.FromSeconds(1.2);

    private readonly string _file = Path.GetTempFileName();
    private long _ahead;

    public TestClock() => Write();

    /// <summary>What was skipped so far.</summary>
    public TimeSpan Ahead => TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    /// <summary>The environment of a process that shall have this clock.</summary>
    public Dictionary<string, string> Environment => new(StringComparer.Ordinal)
    {
        ["LD_PRELOAD"] = Library,
        ["FAKETIME_TIMESTAMP_FILE"] = _file,
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["FAKETIME_CACHE_DURATION"] = "1",
    };

    /// <summary>Moves the clock ahead, and waits until every process has seen it.</summary>
    public Task SkipAsync(TimeSpan time)
    {
        Interlocked.Add(ref _ahead, time.Ticks);
        Write();
        return Task.Delay(UntilSeen);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;

    public void Dispose() => File.Delete(_file);

    private static string Library =>
        Directory.GetDirectories("/usr/lib", "faketime", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
        .Select(folder => Path.Combine(folder, "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("libfaketime is not installed. Run tests/run as root, or `apt-get install faketime`.");

    private void Write()
    {
        var unfinished = _file + "-";
        File.WriteAllText(unfinished, $"+{(long)Ahead.TotalSeconds}\n");
        File.Move(unfinished, _file, overwrite: true);
    }
}
