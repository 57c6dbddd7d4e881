using System.Diagnostics;

namespace PendoFunctions.Tests.Worlds;

/// <summary>The machine's clock, moved ahead by what a test skips: a TimeProvider for the broker, by time-ahead.c for processes.</summary>
/// <remarks>Timers keep real time, so work in progress goes on.</remarks>
public sealed class TestClock : TimeProvider, IDisposable
{
    private static readonly Lazy<string> Library = new(Compiled);

    private readonly string _file = Path.GetTempFileName();
    private long _ahead;

    public TestClock() => Write(0);

    /// <summary>The environment of a process that shall have this clock.</summary>
    public Dictionary<string, string> Environment => new(StringComparer.Ordinal)
    {
        ["LD_PRELOAD"] = Library.Value,
        ["TIME_AHEAD_FILE"] = _file,
    };

    /// <summary>Moves the clock ahead.</summary>
    /// <param name="time">Whole seconds.</param>
    public void Skip(TimeSpan time) => Write(Interlocked.Add(ref _ahead, (long)time.TotalSeconds));

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromSeconds(Interlocked.Read(ref _ahead));

    public void Dispose() => File.Delete(_file);

    // In place: processes have mapped the file.
    private void Write(long seconds)
    {
        using var file = new FileStream(_file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Write(BitConverter.GetBytes(seconds));
    }

    private static string Compiled()
    {
        var library = Path.Combine(AppContext.BaseDirectory, "time-ahead.so");
        var source = Repository.File("tests/PendoFunctions.Tests/Worlds/time-ahead.c");
        using var compiler = Process.Start(new ProcessStartInfo("cc", ["-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var said = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? library : throw new InvalidOperationException($"time-ahead.c does not compile: {said}");
    }
}
