using System.Text;
using System.Text.Encodings.Web;

namespace PendoSync.Pendo;

/// <summary>Takes the ids of a call out of what Pendo says about it, whatever their case and however JSON escapes them.</summary>
/// <param name="ids">The ids.</param>
internal sealed class IdMask(IEnumerable<string> ids)
{
    /// <summary>Stands where an id stood.</summary>
    public const string Shown = "(id)";

    private HashSet<string>? _known;
    private int[] _lengths = [];

    /// <summary>The text without ids. An id is found between other characters than letters and digits only.</summary>
    public string Mask(string text)
    {
        _known ??= Load();
        var lookup = _known.GetAlternateLookup<ReadOnlySpan<char>>();
        StringBuilder? masked = null;
        for (var at = 0; at < text.Length;)
        {
            var length = LengthAt(text, at, lookup);
            if (length > 0)
                masked ??= new StringBuilder(text, 0, at, text.Length);
            if (length > 0)
                masked!.Append(Shown);
            else
                masked?.Append(text[at]);
            at += Math.Max(1, length);
        }

        return masked?.ToString() ?? text;
    }

    private int LengthAt(string text, int at, HashSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup)
    {
        if (at > 0 && char.IsLetterOrDigit(text[at]) && char.IsLetterOrDigit(text[at - 1]))
            return 0;
        foreach (var length in _lengths)
        {
            var end = at + length;
            if (end <= text.Length && !(end < text.Length && char.IsLetterOrDigit(text[end]) && char.IsLetterOrDigit(text[end - 1]))
                && lookup.Contains(text.AsSpan(at, length)))
                return length;
        }

        return 0;
    }

    // Only when there is something to mask: most answers say nothing.
    private HashSet<string> Load()
    {
        var known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var id in ids)
        {
            foreach (var form in new[] { id, JavaScriptEncoder.Default.Encode(id), JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(id) })
                if (form.Trim() is { Length: > 0 } text)
                    known.Add(text);
        }

        _lengths = [.. known.Select(k => k.Length).Distinct().OrderDescending()];
        return known;
    }
}
