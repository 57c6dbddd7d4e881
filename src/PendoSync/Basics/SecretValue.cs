namespace PendoSync.Basics;

/// <summary>What every secret goes through between where it is kept (environment, .env, Key Vault) and where it is used.</summary>
internal static class SecretValue
{
    /// <summary>
    /// The secret, without what editors, shells and clipboards add at its ends: a byte order mark, white space, line breaks.
    /// </summary>
    /// <exception cref="ProblemException">Configuration: nothing else is in it; or as of <see cref="ISecretStore.GetAsync"/>.</exception>
    public static async ValueTask<string> ReadAsync(this ISecretStore secrets, string name, bool refresh, CancellationToken ct)
    {
        var kept = await secrets.GetAsync(name, refresh, ct);
        var value = Clean(kept);
        return value.Length > 0 || kept.Length == 0
            ? value
            : throw new ProblemException(ProblemKind.Configuration, $"the secret '{name}' holds nothing but white space",
                name, "Store it anew.");
    }

    /// <summary>A secret that goes into a header of HTTP.</summary>
    /// <exception cref="ProblemException">Configuration: a character cannot stand there; it is named by its code and its place, and the
    /// value is not shown.</exception>
    public static string ForHeader(string value, string name)
    {
        var at = value.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        if (at < 0)
            return value;
        var code = char.IsSurrogatePair(value, at) ? char.ConvertToUtf32(value, at) : value[at];
        throw new ProblemException(ProblemKind.Configuration,
            $"the secret '{name}' has the character U+{code:X4} at place {at + 1} of {value.Length}, which "
            + "cannot stand in a header of HTTP",
            name, "Store it anew without that character: copied from a page or a file, it took along what is no part of it.");
    }

    private static string Clean(string value)
    {
        var (start, end) = (0, value.Length);
        while (start < end && IsAround(value[start]))
            start++;
        while (end > start && IsAround(value[end - 1]))
            end--;
        return value[start..end];
    }

    private static bool IsAround(char c) => char.IsWhiteSpace(c) || c == '\uFEFF';
}
