using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace PendoSync.Tests.Worlds;

/// <summary>Waits in real time for what has to come, and says what did not.</summary>
internal static class Until
{
    /// <summary>Many times as long as anything takes on a busy machine.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(Full.Wanted ? 15 : 3);

    /// <summary>Looks every 20 ms until it holds.</summary>
    public static Task HoldsAsync(Func<bool> holds, [CallerArgumentExpression(nameof(holds))] string what = "") =>
        HoldsAsync(() => Task.FromResult(holds()), what);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, string)"/>
    public static async Task HoldsAsync(Func<Task<bool>> holds, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        for (var began = Stopwatch.GetTimestamp(); !await holds(); await Task.Delay(20))
            Assert.True(Stopwatch.GetElapsedTime(began) < Longest, $"within {Longest.TotalMinutes} minutes this did not hold: {what}");
    }

    /// <summary>Waits for a process to end by itself.</summary>
    public static Task EndsAsync(this Process process) => process.WaitForExitAsync().WaitAsync(Longest);
}
