using PendoSync.Definitions;

namespace PendoSync.Loading;

/// <summary>What can only be judged with all files read.</summary>
internal static class CrossChecks
{
    /// <summary>Judges them.</summary>
    /// <param name="syncs">Those that could be read.</param>
    /// <param name="unread">Names that the other files are thought to have: their syncs are there, only broken.</param>
    /// <param name="connections">pendosync.yaml.</param>
    public static void Run(IReadOnlyList<SyncDraft> syncs, IEnumerable<string> unread, Connections connections)
    {
        Names(syncs);
        IReadOnlyList<string> names = [.. syncs.Select(s => s.Name).OfType<string>().Concat(unread).Distinct(StringComparer.Ordinal)];
        After(syncs, names);
        Renamed(syncs, names);
        Cycles(syncs);
        SharedFields(syncs);
        Alerts(names, connections);
    }

    private static void Names(IReadOnlyList<SyncDraft> syncs)
    {
        var first = new Dictionary<string, SyncDraft>(StringComparer.Ordinal);
        foreach (var sync in syncs)
        {
            var name = sync.Name;
            if (name is null || first.TryAdd(name, sync))
                continue;
            var there = first[name];
            sync.Problems.Add(sync.Section.PlaceOf("name"), $"there are two syncs named '{name}'",
                $"The other is in {there.Problems.File}:{there.Section.PlaceOf("name").Line}; rename one of them.");
        }
    }

    private static void After(IReadOnlyList<SyncDraft> syncs, IReadOnlyList<string> names)
    {
        foreach (var sync in syncs)
        {
            foreach (var parent in sync.After.Where(p => !names.Contains(p.Text, StringComparer.Ordinal)))
                sync.Problems.Add(parent.Place, $"there is no sync named '{parent.Text}'",
                    Nearest.Fix(parent.Text, names) ?? SyncReader.Known(names, "in syncs/"));
        }
    }

    private static void Renamed(IReadOnlyList<SyncDraft> syncs, IReadOnlyList<string> names)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var sync in syncs.Where(s => s.Definition.RenamedFrom is not null and not "none"))
        {
            var former = sync.Definition.RenamedFrom!;
            if (names.Contains(former, StringComparer.Ordinal))
                sync.Problems.Add(sync.Section.PlaceOf("renamed_from"), $"there is a sync named '{former}', which has that state",
                    "Remove 'renamed_from', or the other sync.");
            else if (!taken.Add(former))
                sync.Problems.Add(sync.Section.PlaceOf("renamed_from"), $"another sync was renamed from '{former}' too",
                    "Only one sync can go on with a state: write `renamed_from: none` in the other.");
        }
    }

    /// <summary>Syncs that wait for each other would never run. A cycle is reported once, at the sync of it that comes first.</summary>
    private static void Cycles(IReadOnlyList<SyncDraft> syncs)
    {
        var byName = syncs.Where(s => s.Name is not null).DistinctBy(s => s.Name).ToDictionary(s => s.Name!, StringComparer.Ordinal);
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in byName.Keys)
        {
            // An explicit stack: a chain may be as long as there are files.
            var path = new List<string>();
            var ahead = new Stack<Waiting>();
            Enter(start);
            while (ahead.TryPeek(out var top))
            {
                if (!top.Parents.MoveNext())
                {
                    ahead.Pop();
                    path.Remove(top.Name);
                    done.Add(top.Name);
                    continue;
                }

                var parent = top.Parents.Current;
                if (path.IndexOf(parent.Text) is >= 0 and var at)
                {
                    var told = byName[top.Name].Problems.Add(parent.Place,
                        $"syncs wait for each other: {string.Join(" after ", [.. path[at..], parent.Text])}",
                        "Remove one 'after' of the circle.");
                    foreach (var other in path[at..].Where(p => p != top.Name))
                        byName[other].Problems.Share(told);
                }
                else
                {
                    Enter(parent.Text);
                }
            }

            void Enter(string name)
            {
                if (done.Contains(name) || !byName.TryGetValue(name, out var sync))
                    return;
                path.Add(name);
                ahead.Push(new Waiting(name, sync.After.GetEnumerator()));
            }
        }
    }

    private static void SharedFields(IReadOnlyList<SyncDraft> syncs)
    {
        // By target first: a project may have hundreds of syncs.
        foreach (var group in syncs
            .Where(s => s.Object is not null && s.Name is not null)
            .GroupBy(s => string.Join('\n', s.Definition.Pendo, s.Object.ToString(), s.Definition.Group), StringComparer.Ordinal))
        {
            var before = new List<SyncDraft>();
            var clashes = new List<Clashing>();
            foreach (var sync in group)
            {
                var conflicts = FieldOwners.Conflicts(sync.Definition, sync.Definition.Fields.Select(f => f.Field),
                    before.Select(b => b.Definition))
                    .DistinctBy(c => c.Field, StringComparer.OrdinalIgnoreCase).ToList();
                if (conflicts.Count > 0)
                    clashes.Add(new Clashing(sync, conflicts));
                before.Add(sync);
            }

            // However many syncs write the same fields, it is one thing to mend. The first of them may run.
            foreach (var clash in clashes.GroupBy(c =>
                string.Join('\n', c.Conflicts.Select(f => f.Field.ToUpperInvariant()).Order(StringComparer.Ordinal))))
                Clash([.. clash]);
        }
    }

    private static void Clash(IReadOnlyList<Clashing> syncs)
    {
        var (first, conflicts) = syncs[0];
        var fields = string.Join(", ", conflicts.Select(c => $"'{c.Field}'"));
        var owner = conflicts[0].Other;
        var others = string.Concat(syncs.Skip(1).Select(s => $", by '{s.Sync.Name}' ({At(s.Sync.Definition, s.Conflicts[0].Field)})"));
        var told = first.Problems.Add(first.FieldPlaces[conflicts[0].Field],
            $"the field{(conflicts.Count > 1 ? "s" : "")} {fields} {(conflicts.Count > 1 ? "are" : "is")} written by the sync "
            + $"'{owner.Name}' too ({At(owner, conflicts[0].Field)}){others}",
            $"Write {(conflicts.Count > 1 ? "each" : "it")} in one sync, or say 'shared: true' at the field "
            + $"in {(syncs.Count > 1 ? "all" : "both")}.");
        foreach (var (sync, _) in syncs.Skip(1))
            sync.Problems.Share(told);
    }

    private sealed record Waiting(string Name, IEnumerator<Located> Parents);

    private sealed record Clashing(SyncDraft Sync, IReadOnlyList<FieldConflict> Conflicts);

    private static string At(SyncDefinition sync, string field) =>
        $"{sync.File}:{sync.Fields.First(f => string.Equals(f.Field, field, StringComparison.OrdinalIgnoreCase)).Line}";

    private static void Alerts(IReadOnlyList<string> names, Connections connections)
    {
        foreach (var (_, section, _) in connections.Alerts)
        {
            foreach (var watched in (section.Own<List<Located>>("syncs") ?? []).Where(w => !names.Contains(w.Text, StringComparer.Ordinal)))
                connections.Problems.Add(watched.Place, $"there is no sync named '{watched.Text}'",
                    Nearest.Fix(watched.Text, names) ?? SyncReader.Known(names, "in syncs/"));
        }
    }
}
