namespace PendoSync.Records;

/// <summary>
/// Ids that Pendo does not treat as people or companies (support.pendo.io 360032202751; the install snippet's placeholders).
/// </summary>
internal static class ReservedIds
{
    /// <summary>True for placeholders and anonymous visitors.</summary>
    public static bool Contains(ReadOnlySpan<char> id) =>
        id.StartsWith("_PENDO_T_", StringComparison.Ordinal) || id is "VISITOR-UNIQUE-ID" or "ACCOUNT-UNIQUE-ID";
}
