namespace PendoSync.Basics;

/// <summary>Who can mend a problem, and so what a caller does next.</summary>
public enum ProblemKind
{
    /// <summary>A person has to change a definition, a setting, a secret or a grant. Exit code 2.</summary>
    Configuration,

    /// <summary>A host could not be reached or refused the login. Exit code 3.</summary>
    Connection,

    /// <summary>The same call may work later. Exit code 1.</summary>
    Transient,

    /// <summary>The other side asks for fewer calls. Exit code 1.</summary>
    Throttled,

    /// <summary>A limit of the sync stopped the run. Exit code 1.</summary>
    Limit,

    /// <summary>Another run holds the sync, or somebody cancelled it. Exit code 1.</summary>
    Conflict,

    /// <summary>
    /// The state, the queue or the vault of this installation refuses its service; somebody has to mend the installation. Exit code 3.
    /// </summary>
    State,

    /// <summary>A broken invariant of ours. Exit code 1.</summary>
    Internal,
}

/// <summary>What went wrong, where, and what mends it. Never holds a secret or a field value of a person.</summary>
/// <param name="Kind">Who can mend it.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Place">File:line, sync, connection, column or key; null when there is none.</param>
/// <param name="Fix">What to do; null when nothing sensible can be said.</param>
public sealed record Problem(ProblemKind Kind, string Message, string? Place = null, string? Fix = null)
{
    /// <summary>One line for a terminal or a log.</summary>
    public override string ToString() =>
        (Place is null ? Message : $"{Place}: {Message}") + (Fix is null ? "" : $" Fix: {Fix}");

    // A text property of the state holds 32,768 characters, and JSON may write six for one.
    internal Problem Short() => this with
    {
        Message = ShownText.Cut(Message, 2500),
        Fix = Fix is null ? null : ShownText.Cut(Fix, 2500),
    };
}

/// <summary>Ends a run or refuses a command (promise 8: a record's problem is data, only a run's problem is an exception).</summary>
public class ProblemException(Problem problem, Exception? inner = null) : Exception(problem.ToString(), inner)
{
    /// <summary>What went wrong.</summary>
    public Problem Problem { get; } = problem;

    /// <summary>Shorthand for throwing.</summary>
    public ProblemException(ProblemKind kind, string message, string? place = null, string? fix = null, Exception? inner = null)
        : this(new Problem(kind, message, place, fix), inner)
    {
    }
}
