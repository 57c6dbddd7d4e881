namespace PendoSync.Definitions.Loading;

/// <summary>What can only be judged with all files read.</summary>
internal static class CrossChecks
{
    public static void Run(IReadOnlyList<SyncDraft> syncs, Connections connections)
    {
        Names(syncs);
        After(syncs);
        Cycles(syncs);
        SharedFields(syncs);
        Alerts(syncs, connections);
    }

    private static void Names(IReadOnlyList<SyncDraft> syncs)
    {
        var first = new Dictionary<string, SyncDraft>(StringComparer.Ordinal);
        foreach (var sync in syncs)
        {
            if (sync.Name is not { } name || first.TryAdd(name, sync))
                continue;
            var there = first[name];
            sync.Problems.Add(sync.Section.PlaceOf("name"), $"there are two syncs named '{name}'",
                $"The other is in {there.Problems.File}:{there.Section.PlaceOf("name").Line}; rename one of them.");
        }
    }

    private static void After(IReadOnlyList<SyncDraft> syncs)
    {
        var names = syncs.Select(s => s.Name).OfType<string>().ToList();
        foreach (var sync in syncs)
        {
            foreach (var parent in sync.After.Where(p => !names.Contains(p.Text, StringComparer.Ordinal)))
                sync.Problems.Add(parent.Place, $"there is no sync named '{parent.Text}'",
                    Nearest.Fix(parent.Text, names) ?? SyncReader.Known(names, "in syncs/"));
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
            var ahead = new Stack<(string Name, IEnumerator<Located> Parents)>();
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
                    byName[top.Name].Problems.Add(parent.Place,
                        $"syncs wait for each other: {string.Join(" after ", [.. path[at..], parent.Text])}",
                        "Remove one 'after' of the circle.");
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
                ahead.Push((name, sync.After.GetEnumerator()));
            }
        }
    }

    private static void SharedFields(IReadOnlyList<SyncDraft> syncs)
    {
        // By target first: a project may have hundreds of syncs.
        foreach (var group in syncs
            .Where(s => s.Object is not null && s.Name is not null)
            .GroupBy(s => (s.Definition.Pendo, s.Object, s.Definition.Group)))
        {
            var before = new List<SyncDraft>();
            foreach (var sync in group)
            {
                var conflicts = FieldOwners.Conflicts(sync.Definition, sync.Definition.Fields.Select(f => f.Field),
                    before.Select(b => b.Definition));
                foreach (var (field, other) in conflicts)
                {
                    var line = other.Fields.First(f => string.Equals(f.Field, field, StringComparison.OrdinalIgnoreCase)).Line;
                    sync.Problems.Add(sync.FieldPlaces[field],
                        $"the field '{field}' is written by the sync '{other.Name}' too ({other.File}:{line})",
                        "Write it in one sync, or say 'shared: true' at the field in both.");
                }

                before.Add(sync);
            }
        }
    }

    private static void Alerts(IReadOnlyList<SyncDraft> syncs, Connections connections)
    {
        var names = syncs.Select(s => s.Name).OfType<string>().ToList();
        foreach (var (_, section) in connections.Alerts)
        {
            foreach (var watched in (section.Own<List<Located>>("syncs") ?? []).Where(w => !names.Contains(w.Text, StringComparer.Ordinal)))
                connections.Problems.Add(watched.Place, $"there is no sync named '{watched.Text}'",
                    Nearest.Fix(watched.Text, names) ?? SyncReader.Known(names, "in syncs/"));
        }
    }
}
