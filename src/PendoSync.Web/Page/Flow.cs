using PendoSync.Definitions;
using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Web.Page;

/// <summary>Warehouses, syncs, objects in Pendo, and which sync follows which, as a picture.</summary>
internal static class Flow
{
    private const int MostSyncs = 14;
    private const int Row = 46;
    private const int Box = 34;

    /// <summary>The picture; nothing when there are too many syncs to see one.</summary>
    public static Html Of(IReadOnlyList<SyncStatus> all, Project project)
    {
        var syncs = all.Where(s => s.Warehouse is not null).OrderBy(s => s.Warehouse, StringComparer.Ordinal)
            .ThenBy(s => s.Name, StringComparer.Ordinal).ToList();
        if (syncs.Count is 0 or > MostSyncs)
            return Html.None;
        string[] sources = [.. syncs.Select(s => s.Warehouse!).Distinct()];
        string[] targets = [.. syncs.Select(TargetOf).Distinct().Order(StringComparer.Ordinal)];
        var height = (Math.Max(syncs.Count, Math.Max(sources.Length, targets.Length)) * Row) + 4;
        int SyncY(int i) => At(i, syncs.Count, height);
        int SourceY(string name) => At(Array.IndexOf(sources, name), sources.Length, height);
        int TargetY(string name) => At(Array.IndexOf(targets, name), targets.Length, height);
        var place = syncs.Select((s, i) => (s.Name, Y: SyncY(i))).ToDictionary(s => s.Name, s => s.Y, StringComparer.Ordinal);
        return Html.Of($"""
            <section class="flow card"><h2>Flow</h2>
            <svg viewBox="0 0 1120 {height}" role="img" aria-label="{Sentence(syncs)}">
            {syncs.Select(s => Html.Of($"{Edge(210, SourceY(s.Warehouse!), 420, place[s.Name], s)}{Edge(700, place[s.Name], 870, TargetY(TargetOf(s)), s)}"))}
            {syncs.SelectMany(s => s.After.Where(place.ContainsKey).Select(parent => After(place[parent], place[s.Name])))}
            {sources.Select(n => Node(0, SourceY(n), 210, n, project.Warehouses.TryGetValue(n, out var w) ? w.Type : ""))}
            {syncs.Select(s => Node(420, place[s.Name], 280, s.Name, Components.Word(s.Health), Components.Word(s.Health)))}
            {targets.Select(n => Node(870, TargetY(n), 250, n, ""))}
            </svg></section>
            """);
    }

    private static string TargetOf(SyncStatus sync) => $"{sync.Pendo}: {Words.Noun(sync.Object!.Value)}s";

    // Evenly spread over the height, whatever the number.
    private static int At(int i, int count, int height) => (int)((height - Box) * (count == 1 ? 0.5 : (double)i / (count - 1)));

    private static Html Edge(int x1, int y1, int x2, int y2, SyncStatus sync)
    {
        var (a, b, middle) = (y1 + (Box / 2), y2 + (Box / 2), (x1 + x2) / 2);
        return Html.Of($"""<path class="edge {Components.Word(sync.Health)}" d="M{x1} {a} C{middle} {a} {middle} {b} {x2} {b}"/>""");
    }

    private static Html After(int parent, int child)
    {
        var (a, b) = (parent + (Box / 2), child + (Box / 2));
        return Html.Of($"""<path class="edge after" d="M700 {a} C760 {a} 760 {b} 706 {b} m0 0 l7 -4 m-7 4 l7 4"/>""");
    }

    private static Html Node(int x, int y, int width, string name, string more, string tone = "") => Html.Of($"""
        <rect class="node" x="{x + 1}" y="{y + 1}" width="{width - 2}" height="{Box - 2}" rx="8"/>{(tone.Length > 0 ? Html.Of($"""<circle class="{tone}" cx="{x + 16}" cy="{y + 17}" r="5"/>""") : Html.None)}<text class="name" x="{x + (tone.Length > 0 ? 30 : 14)}" y="{y + 22}">{Short(name)}</text><text x="{x + width - 12}" y="{y + 22}" text-anchor="end">{more}</text>
        """);

    private static string Short(string name) => name.Length <= 26 ? name : name[..25] + "…";

    private static string Sentence(IReadOnlyList<SyncStatus> syncs) => string.Join("; ", syncs.Select(s =>
        $"{s.Warehouse} to {s.Name} to {TargetOf(s)}, {Components.Word(s.Health)}"
        + (s.After.Count > 0 ? $", after {string.Join(", ", s.After)}" : "")));
}
