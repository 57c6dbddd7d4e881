using PendoSync.Definitions;

namespace PendoSync.Reports;

/// <summary>One thing that was checked.</summary>
/// <param name="Name">What: a secret, a connection, a sync.</param>
/// <param name="Ok">True when it works.</param>
/// <param name="Message">What was found.</param>
/// <param name="Fix">What mends it; null when it works.</param>
/// <param name="Kind">Who can mend it; null when it works.</param>
public sealed record CheckItem(string Name, bool Ok, string Message, string? Fix, ProblemKind? Kind = null);

/// <summary>Everything that was checked.</summary>
/// <param name="Checks">In the order of the check.</param>
public sealed record CheckReport(IReadOnlyList<CheckItem> Checks);

/// <summary>What is wrong with the definitions; empty when nothing is.</summary>
/// <param name="Problems">By file, line and column.</param>
public sealed record ValidateReport(IReadOnlyList<DefinitionProblem> Problems);

/// <summary>What a reset did.</summary>
/// <param name="Sync">The sync.</param>
/// <param name="ForgotEvents">True when the ledger of sent events was cleared.</param>
/// <param name="GoAgain">Events in the model that were sent and would go again, or all that would go when nobody can say which were sent; 0
/// unless they were forgotten.</param>
/// <param name="CancelledRun">The run that was active and ended by it.</param>
/// <param name="Message">What it means, in a sentence.</param>
public sealed record ResetReport(string Sync, bool ForgotEvents, long GoAgain, string? CancelledRun, string Message);

/// <summary>What was said of a restored state.</summary>
/// <param name="Sync">The sync.</param>
/// <param name="SentUntil">Events of up to then count as sent; null: all are sent that the state does not know.</param>
/// <param name="Message">What it means, in a sentence.</param>
public sealed record DoubtReport(string Sync, DateTimeOffset? SentUntil, string Message);

/// <summary>A command that failed before it could say anything else.</summary>
/// <param name="Error">What went wrong.</param>
public sealed record ErrorReport(Problem Error);
