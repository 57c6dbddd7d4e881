namespace PendoSync.Definitions;

/// <summary>A field two syncs write without both saying so.</summary>
/// <param name="Field">Its name in the first sync's spelling.</param>
/// <param name="Other">The other sync.</param>
internal sealed record FieldConflict(string Field, SyncDefinition Other);

/// <summary>
/// Two syncs of one connection, object and group must not write the same field (case ignored), or each would undo the other's value.
/// With <c>"*"</c> the fields are known only when the columns are: the planner asks again with the names it has found, and
/// with those that the last plan of each other sync found.
/// </summary>
internal static class FieldOwners
{
    /// <summary>
    /// Fields of <paramref name="sync"/> that one of <paramref name="others"/> writes too, unless both mappings are shared.
    /// </summary>
    /// <param name="sync">The sync in question.</param>
    /// <param name="fields">The names it writes; with <c>"*"</c> those of its columns too.</param>
    /// <param name="others">All syncs of the project; itself is passed over.</param>
    /// <param name="columns">The fields that the last plan of a sync with <c>"*"</c> wrote, by its name; null: nothing is known of
    /// them.</param>
    public static IReadOnlyList<FieldConflict> Conflicts(SyncDefinition sync, IEnumerable<string> fields,
        IEnumerable<SyncDefinition> others, IReadOnlyDictionary<string, IReadOnlyList<string>>? columns = null)
    {
        var rivals = Rivals(sync, others);
        if (rivals.Count == 0)
            return [];
        return
        [
            .. from field in fields
               from rival in rivals
               where Writes(rival, field, columns) && !(IsShared(rival, field) && IsShared(sync, field))
               select new FieldConflict(field, rival),
        ];
    }

    /// <summary>The other syncs that write to the same connection, object and group.</summary>
    public static IReadOnlyList<SyncDefinition> Rivals(SyncDefinition sync, IEnumerable<SyncDefinition> others) =>
        [.. others.Where(o => o.Name != sync.Name && SameTarget(sync, o))];

    // What was excluded or put to another use since the last plan counts no longer: the next run of the rival need not be waited for.
    private static bool Writes(SyncDefinition rival, string field, IReadOnlyDictionary<string, IReadOnlyList<string>>? columns) =>
        rival.Fields.Any(f => Same(f.Field, field))
        || (rival.AllColumns && columns is not null && columns.TryGetValue(rival.Name, out var written) && written.Any(w => Same(w, field))
            && !rival.Exclude.Concat(rival.Fields.Select(f => f.Column)).Append(rival.Key).Append(rival.Model.Cursor)
                .Any(c => c is not null && Same(c, field)));

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static bool IsShared(SyncDefinition sync, string field) =>
        sync.Fields.Any(f => f.Shared && Same(f.Field, field));

    private static bool SameTarget(SyncDefinition a, SyncDefinition b) =>
        a.Object == b.Object && a.Object is not PendoObject.TrackEvent && a.Pendo == b.Pendo && a.Group == b.Group;
}
