using System.Globalization;

namespace PendoSync.Tests.Worlds;

/// <summary>Worlds drawn from seeds. The first that breaks a promise is named; PENDOSYNC_SEED replays one.</summary>
internal static class Seeds
{
    /// <summary>Lives one world for each seed.</summary>
    /// <param name="count">How many, of the long form; see <see cref="Full.Count"/>.</param>
    /// <param name="live">Draws a world from a seed and lives it; throws when a promise is broken.</param>
    public static void Live(int count, Action<int> live)
    {
        var replay = Environment.GetEnvironmentVariable("PENDOSYNC_SEED");
        foreach (var seed in replay is null ? Enumerable.Range(1, Full.Count(count)) : [int.Parse(replay, CultureInfo.InvariantCulture)])
        {
            try
            {
                live(seed);
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed} (replay: PENDOSYNC_SEED={seed}): {e.Message}\n{e.StackTrace}");
            }
        }
    }
}
