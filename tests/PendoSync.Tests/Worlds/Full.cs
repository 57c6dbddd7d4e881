namespace PendoSync.Tests.Worlds;

/// <summary>The long forms of tests: with PENDOSYNC_FULL=1 all cases run, else about a tenth of them.</summary>
internal static class Full
{
    public static bool Wanted { get; } = Environment.GetEnvironmentVariable("PENDOSYNC_FULL") == "1";

    /// <summary>A count, or a tenth of it.</summary>
    public static int Count(int all) => Wanted ? all : Math.Max(1, all / 10);

    /// <summary>All cases, or every tenth of them; which, differs with <paramref name="offset"/>.</summary>
    public static IEnumerable<T> Of<T>(IEnumerable<T> all, int offset) => Wanted ? all : all.Where((_, i) => (i + offset) % 10 == 0);
}
