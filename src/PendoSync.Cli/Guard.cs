namespace PendoSync.Cli;

/// <summary>Turns what was thrown into what is said.</summary>
internal static class Guard
{
    /// <summary>Runs a verb.</summary>
    public static async Task<int> RunAsync(Terminal terminal, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception e)
        {
            return terminal.Fail(ProblemOf(e));
        }
    }

    /// <summary>What was thrown as a problem. The message of an unexpected error may quote a value; its type and place do not.</summary>
    public static Problem ProblemOf(Exception thrown) => thrown switch
    {
        ProblemException known => known.Problem,
        OperationCanceledException => new Problem(ProblemKind.Conflict, "interrupted", null, "Nothing is lost; call it again."),
        _ => new Problem(ProblemKind.Internal, $"unexpected {thrown.GetType().Name}", Where(thrown),
            "Please report this; the state is safe."),
    };

    private static string? Where(Exception e) =>
        e.StackTrace?.Split('\n').FirstOrDefault(l => l.Contains("PendoSync", StringComparison.Ordinal))?.Trim();
}
