namespace PendoSync.Definitions;

/// <summary>A field two syncs write without both saying so.</summary>
/// <param name="Field">Its name in the first sync's spelling.</param>
/// <param name="Other">The other sync.</param>
public sealed record FieldConflict(string Field, SyncDefinition Other);

/// <summary>
/// Two syncs of one connection, object and group must not write the same field (case ignored), or each would undo the other's value.
/// With <c>"*"</c> the fields are known only when the columns are: the planner asks again with the names it has found.
/// </summary>
public static class FieldOwners
{
    /// <summary>Fields of <paramref name="sync"/> that one of <paramref name="others"/> writes too, unless both mappings are shared.</summary>
    /// <param name="sync">The sync in question.</param>
    /// <param name="fields">The names it writes; with <c>"*"</c> those of its columns too.</param>
    /// <param name="others">All syncs of the project; itself is passed over.</param>
    public static IReadOnlyList<FieldConflict> Conflicts(SyncDefinition sync, IEnumerable<string> fields,
        IEnumerable<SyncDefinition> others)
    {
        var rivals = others.Where(o => o.Name != sync.Name && SameTarget(sync, o)).ToList();
        if (rivals.Count == 0)
            return [];
        return
        [
            .. from field in fields
               from rival in rivals
               from theirs in rival.Fields
               where string.Equals(theirs.Field, field, StringComparison.OrdinalIgnoreCase) && !(theirs.Shared && IsShared(sync, field))
               select new FieldConflict(field, rival),
        ];
    }

    private static bool IsShared(SyncDefinition sync, string field) =>
        sync.Fields.Any(f => f.Shared && string.Equals(f.Field, field, StringComparison.OrdinalIgnoreCase));

    private static bool SameTarget(SyncDefinition a, SyncDefinition b) =>
        a.Object == b.Object && a.Object is not PendoObject.TrackEvent && a.Pendo == b.Pendo && a.Group == b.Group;
}
