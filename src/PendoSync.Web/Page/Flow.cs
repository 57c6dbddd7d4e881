using PendoSync.Definitions;
using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Web.Page;

/// <summary>Warehouses, syncs, objects in Pendo, and which sync follows which, as a picture.</summary>
internal static class Flow
{
    private const int MostSyncs = 14;
    private const int Row = 46;
    private const int BoxHeight = 34;

    /// <summary>The picture: a box a sync, or where there are many one for all syncs between the same two ends.</summary>
    public static Html Of(IReadOnlyList<SyncStatus> all, Project project)
    {
        var syncs = all.Where(s => s.Warehouse is not null).Select(s => new Box(s.Name, s.Warehouse!, TargetOf(s), s.Health, s.After))
            .ToList();
        if (syncs.Count > MostSyncs)
        {
            syncs = [.. syncs.GroupBy(s => (s.Source, s.Target)).Select(g =>
                new Box($"{g.Count()} sync{(g.Count() == 1 ? "" : "s")}", g.Key.Source, g.Key.Target, Worst(g.Select(s => s.Health)), []))];
        }

        syncs = [.. syncs.OrderBy(s => s.Source, StringComparer.Ordinal).ThenBy(s => s.Target, StringComparer.Ordinal)
            .ThenBy(s => s.Name, StringComparer.Ordinal).Take(MostSyncs)];
        if (syncs.Count == 0)
            return Html.None;
        string[] sources = [.. syncs.Select(s => s.Source).Distinct()];
        string[] targets = [.. syncs.Select(s => s.Target).Distinct().Order(StringComparer.Ordinal)];
        var height = (Math.Max(syncs.Count, Math.Max(sources.Length, targets.Length)) * Row) + 4;
        int SourceY(string name) => At(Array.IndexOf(sources, name), sources.Length, height);
        int TargetY(string name) => At(Array.IndexOf(targets, name), targets.Length, height);
        int SyncY(Box sync) => At(syncs.IndexOf(sync), syncs.Count, height);
        return Html.Of($"""
            <section class="flow card"><h2>Flow</h2>
            <svg viewBox="0 0 1120 {height}" role="img" aria-label="{Sentence(syncs)}">
            {syncs.Select(s => Edge(210, SourceY(s.Source), 420, SyncY(s), s))}
            {syncs.Select(s => Edge(700, SyncY(s), 870, TargetY(s.Target), s))}
            {syncs.SelectMany(s => syncs.Where(p => s.After.Contains(p.Name)).Select(p => After(SyncY(p), SyncY(s))))}
            {sources.Select(n => Node(0, SourceY(n), 210, n, project.Warehouses.TryGetValue(n, out var w) ? w.Type : ""))}
            {syncs.Select(s => Node(420, SyncY(s), 280, s.Name, Components.Word(s.Health), Components.Word(s.Health)))}
            {targets.Select(n => Node(870, TargetY(n), 250, n, ""))}
            </svg></section>
            """);
    }

    private static Health Worst(IEnumerable<Health> all) => all.MaxBy(h => h switch
    {
        Health.Failing => 3,
        Health.Degraded => 2,
        Health.Healthy => 1,
        _ => 0,
    });

    private static string TargetOf(SyncStatus sync) => $"{sync.Pendo}: {Words.Noun(sync.Object!.Value)}s";

    // Evenly spread over the height, whatever the number.
    private static int At(int i, int count, int height) => (int)((height - BoxHeight) * (count == 1 ? 0.5 : (double)i / (count - 1)));

    private static Html Edge(int x1, int y1, int x2, int y2, Box sync)
    {
        var (a, b, middle) = (y1 + (BoxHeight / 2), y2 + (BoxHeight / 2), (x1 + x2) / 2);
        return Html.Of($"""<path class="edge {Components.Word(sync.Health)}" d="M{x1} {a} C{middle} {a} {middle} {b} {x2} {b}"/>""");
    }

    private static Html After(int parent, int child)
    {
        var (a, b) = (parent + (BoxHeight / 2), child + (BoxHeight / 2));
        return Html.Of($"""<path class="edge after" d="M700 {a} C760 {a} 760 {b} 706 {b} m0 0 l7 -4 m-7 4 l7 4"/>""");
    }

    private static Html Node(int x, int y, int width, string name, string more, string tone = "") => Html.Of($"""
        <rect class="node" x="{x + 1}" y="{y + 1}" width="{width - 2}" height="{BoxHeight - 2}" rx="8"/>
        {(tone.Length > 0 ? Html.Of($"""<circle class="{tone}" cx="{x + 16}" cy="{y + 17}" r="5"/>""") : Html.None)}
        <text class="name" x="{x + (tone.Length > 0 ? 30 : 14)}" y="{y + 22}">{Short(name)}</text>
        <text x="{x + width - 12}" y="{y + 22}" text-anchor="end">{more}</text>
        """);

    private static string Short(string name) => name.Length <= 26 ? name : name[..25] + "…";

    private static string Sentence(IEnumerable<Box> syncs) => string.Join("; ", syncs.Select(s =>
        $"{s.Source} to {s.Name} to {s.Target}, {Components.Word(s.Health)}"
        + (s.After.Count > 0 ? $", after {string.Join(", ", s.After)}" : "")));

    private sealed record Box(string Name, string Source, string Target, Health Health, IReadOnlyList<string> After);
}
