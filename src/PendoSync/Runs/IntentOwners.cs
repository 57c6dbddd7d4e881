using System.Collections.Concurrent;
using PendoSync.State;

namespace PendoSync.Runs;

/// <summary>
/// Says whether somebody may still be at work on an intent. Nobody waits for the dead: on one machine another owner is dead for sure, and
/// what this process does itself it knows. Of others the age tells it, by the store's clock.
/// </summary>
/// <param name="options">Who we are.</param>
public sealed class IntentOwners(EngineOptions options)
{
    /// <summary>
    /// A call with values is answered within moments. Who is taken for dead after them and is not leaves keys in doubt, which costs a call.
    /// </summary>
    public static readonly TimeSpan Values = TimeSpan.FromSeconds(10);

    /// <summary>Events are written down before each chunk, and a chunk with the wait before it takes less (EventDelivery).</summary>
    public static readonly TimeSpan Events = TimeSpan.FromSeconds(150);

    private readonly ConcurrentDictionary<(string RunId, int Attempt, int Number), int> _mine = new();

    /// <summary>This process works on a batch until the answer is disposed of.</summary>
    public IDisposable Begin(BatchRow intent)
    {
        var key = KeyOf(intent);
        _mine.AddOrUpdate(key, 1, (_, count) => count + 1);
        return new End(() => _mine.AddOrUpdate(key, 0, (_, count) => count - 1),
            () => _mine.TryRemove(new KeyValuePair<(string, int, int), int>(key, 0)));
    }

    /// <summary>How long the intent is left to its owner; zero when nobody works on it.</summary>
    public TimeSpan Left(BatchRow intent, DateTimeOffset now)
    {
        var owned = intent.Owner == options.Owner ? _mine.ContainsKey(KeyOf(intent)) : !options.OnlyOwner;
        if (intent.Kind != BatchRowKind.Intent || !owned)
            return TimeSpan.Zero;
        // A clock that was ahead wrote an instant to come: as far off, it is as old.
        var left = (intent.IsEvents ? Events : Values) - (now - intent.Timestamp).Duration();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static (string RunId, int Attempt, int Number) KeyOf(BatchRow intent) => (intent.RunId, intent.Attempt, intent.Number);

    private sealed class End(Action less, Action forget) : IDisposable
    {
        public void Dispose()
        {
            less();
            forget();
        }
    }
}
