using PendoSync.Definitions;
using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Operations;

/// <summary>Reads what is refused for people, with the true count.</summary>
internal sealed class RejectedReader(StateStore state)
{
    /// <summary>One page, and the groups of all.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="definition">Its definition; null when it cannot be loaded.</param>
    /// <param name="outcome">Only this outcome; null: all.</param>
    /// <param name="limit">Most items.</param>
    /// <param name="after">Where the page begins; null: at the beginning.</param>
    /// <param name="search">Part of a key, outcome, rule or reason; null: all.</param>
    /// <param name="ct">Ends the reading.</param>
    public async Task<ProblemsPage> ReadAsync(string sync, SyncDefinition? definition, string? outcome, int limit, string? after,
        string? search, CancellationToken ct)
    {
        var kept = 0;
        var all = new List<Rejection>();
        await foreach (var rejection in state.Rejections.ListAsync(sync, null, ct))
        {
            kept++;
            if ((outcome is null || rejection.Outcome == outcome) && Fits(rejection, search))
                all.Add(rejection);
        }

        var standing = (await state.Checkpoints.ReadAsync(sync, ct)).Standing;
        var page = all.Where(r => after is null || string.CompareOrdinal(r.Id, after) > 0).Take(limit + 1).ToList();
        var items = page.Take(limit).ToList();
        return new ProblemsPage(ProblemGroup.Of(all, definition, standing), [.. items.Select(RejectedItem.Of)],
            kept < RejectionTable.MaxKept || !string.IsNullOrEmpty(search) || standing is null ? all.Count
                : Math.Max(all.Count, outcome == "rejected" ? standing.Rejected : standing.Rows - standing.InStep),
            page.Count > limit ? items[^1].Id : null);
    }

    private static bool Fits(Rejection rejection, string? search) =>
        string.IsNullOrEmpty(search) || Holds(rejection.Key, search) || Holds(rejection.Rule, search) || Holds(rejection.Reason, search)
            || Holds(rejection.Outcome, search);

    private static bool Holds(string? text, string part) => text is not null && text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
