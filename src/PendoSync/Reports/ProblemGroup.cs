using System.Diagnostics.CodeAnalysis;
using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Reports;

/// <summary>Records with one problem: the same outcome, reason and column.</summary>
public sealed record ProblemGroup
{
    /// <summary>invalid, rejected, not_found, unknown or given_up.</summary>
    public required string Outcome { get; init; }

    /// <summary>Our rule, for invalid rows.</summary>
    public string? Rule { get; init; }

    /// <summary>What is wrong with the row, or Pendo's reason without ids, quoted values and numbers.</summary>
    public required string Reason { get; init; }

    /// <summary>The column to blame; null when it is the whole record, or Pendo names none.</summary>
    public string? Column { get; init; }

    /// <summary>How many records.</summary>
    public long Count { get; init; }

    /// <summary>Of all rows that the sync knows, 0 to 1; null before they were counted.</summary>
    public double? Share { get; init; }

    /// <summary>When the first of them was seen.</summary>
    public DateTimeOffset First { get; init; }

    /// <summary>When the last of them was seen.</summary>
    public DateTimeOffset Last { get; init; }

    /// <summary>Keys of at most three of them.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>Puts problems into groups, the largest first.</summary>
    /// <param name="problems">The problems.</param>
    /// <param name="sync">Whose names of fields and columns stay in reasons; null: nobody's.</param>
    /// <param name="standing">What is known of all keys, for shares; null: nothing.</param>
    internal static IReadOnlyList<ProblemGroup> Of(IEnumerable<Rejection> problems, SyncDefinition? sync, Standing? standing)
    {
        var names = NamesOf(sync);
        return [.. problems.GroupBy(p => (p.Outcome, p.Rule, Reason: ReasonOf(p, names), p.Column))
            .Select(g => new ProblemGroup
            {
                Outcome = g.Key.Outcome,
                Rule = g.Key.Rule,
                Reason = g.Key.Reason,
                Column = g.Key.Column,
                Count = g.LongCount(),
                Share = standing is { Rows: > 0 } ? Math.Round((double)g.LongCount() / standing.Rows, 6) : null,
                First = g.Min(p => p.First),
                Last = g.Max(p => p.Last),
                Examples = [.. g.Where(p => IsExample(p.Key)).OrderByDescending(p => p.Last).ThenBy(p => p.Key,
                    StringComparer.Ordinal)
                    .Select(p => p.Key!).Distinct().Take(3)],
            })
            .OrderByDescending(g => g.Count).ThenBy(g => g.Outcome, StringComparer.Ordinal).ThenBy(g => g.Reason, StringComparer.Ordinal)];
    }

    /// <summary>True for a key that shows a reader which record is meant: none, or one of which nothing is seen, does not.</summary>
    internal static bool IsExample([NotNullWhen(true)] string? key) => key is not null && IdText.RuleOf(key) != Rules.EmptyKey;

    private static string ReasonOf(Rejection problem, IReadOnlySet<string> names) => problem switch
    {
        { Rule: not null } => problem.Reason ?? problem.Rule,
        { Reason: { } reason } => ReasonText.Normal(reason, problem.Key, names),
        { Outcome: "not_found" } => "Pendo does not know the id",
        { Outcome: "unknown" } => "sent, and the answer was lost",
        { Outcome: "given_up" } => "given up after the last try",
        _ => "Pendo gives no reason",
    };

    private static HashSet<string> NamesOf(SyncDefinition? sync) => sync is null ? []
        : [.. sync.Fields.SelectMany(f => new[] { f.Field, f.Column }).OfType<string>(), sync.Key];
}

/// <summary>Everything that is refused, in groups first.</summary>
/// <param name="Groups">The largest first; of the at most 10,000 records that are kept.</param>
/// <param name="Items">The records, a page of them.</param>
/// <param name="Total">How many there are in all, also where only 10,000 are kept.</param>
/// <param name="Next">Given as <c>after</c> it continues the list; null at its end.</param>
public sealed record ProblemsPage(IReadOnlyList<ProblemGroup> Groups, IReadOnlyList<RejectedItem> Items, long Total, string? Next);
