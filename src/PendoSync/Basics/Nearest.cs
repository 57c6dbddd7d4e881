namespace PendoSync.Basics;

/// <summary>Finds the known word somebody most likely meant.</summary>
internal static class Nearest
{
    private const int LongestWord = 100;

    /// <summary>The known word with the fewest edits (swapped neighbours count one), or null when none is close; case is ignored.</summary>
    public static string? Of(string word, IEnumerable<string> known)
    {
        if (word.Length is 0 or > LongestWord)
            return null;
        string? best = null;
        // A third of the letters may be wrong; more would be a guess, not a typo.
        var fewest = Math.Max(1, word.Length / 3) + 1;
        foreach (var candidate in known)
        {
            if (candidate.Length > LongestWord || Math.Abs(candidate.Length - word.Length) >= fewest)
                continue;
            var edits = Edits(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (edits < fewest)
                (best, fewest) = (candidate, edits);
        }

        return best;
    }

    /// <summary>"Did you mean 'x'?", or null when nothing is close.</summary>
    public static string? Fix(string word, IEnumerable<string> known) => Of(word, known) is { } near ? $"Did you mean '{near}'?" : null;

    private static int Edits(string a, string b)
    {
        var before = new int[b.Length + 1];
        var row = new int[b.Length + 1];
        var next = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            next[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                next[j] = Math.Min(change, Math.Min(row[j], next[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    next[j] = Math.Min(next[j], before[j - 2] + 1);
            }

            (before, row, next) = (row, next, before);
        }

        return row[b.Length];
    }
}
