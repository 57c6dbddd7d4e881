using System.Text.Json;

namespace PendoSync.Pendo;

/// <summary>
/// One entry of <c>errors</c>, a string or an object (which of the two is not settled, docs/pendo.md). It is tied to a
/// record only by its exact id; a text is searched for an id at its beginning only, never for a substring.
/// </summary>
internal sealed record ErrorEntry(string? Id, string Reason, bool IsText)
{
    private static readonly string[] _idNames = ["id", "visitorId", "accountId", "parentAccountId"];
    private static readonly string[] _reasonNames = ["error", "message", "reason", "description"];
    private static readonly string[] _leads = ["visitor ", "account ", "visitorId ", "accountId ", "id "];

    /// <summary>Reads an entry of any shape.</summary>
    public static ErrorEntry Read(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String)
            return new ErrorEntry(null, Text(element) ?? "an unreadable reason", true);
        if (element.ValueKind != JsonValueKind.Object)
            return new ErrorEntry(null, ShownText.Json(element), false);
        string? id = null, reason = null;
        foreach (var member in element.EnumerateObject())
        {
            if (_idNames.Contains(member.Name, StringComparer.OrdinalIgnoreCase))
                id ??= IdText(member.Value);
            else if (_reasonNames.Contains(member.Name, StringComparer.OrdinalIgnoreCase) && member.Value.ValueKind == JsonValueKind.String)
                reason ??= Text(member.Value);
        }

        return new ErrorEntry(id, reason ?? ShownText.Json(element), false);
    }

    /// <summary>An id given as string or number.</summary>
    public static string? IdText(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => Text(element),
        JsonValueKind.Number => element.GetRawText(),
        _ => null,
    };

    /// <summary>The position of the record it speaks of, or -1 when it names none, or may mean one of several.</summary>
    public int Tie(IReadOnlyDictionary<string, int> positions)
    {
        if (!IsText)
            return Id is not null && positions.TryGetValue(Id, out var exact) ? exact : -1;
        var found = -1;
        foreach (var candidate in Candidates(Reason))
        {
            if (!positions.TryGetValue(candidate, out var at))
                continue;
            if (found >= 0)
                return -1;
            found = at;
        }

        return found;
    }

    // Ids may hold colons and spaces, so every beginning that could be one counts: "a:b: too long" may speak of "a" or of "a:b".
    private static IEnumerable<string> Candidates(string text)
    {
        yield return text;
        foreach (var candidate in Beginnings(text))
            yield return candidate;
        var lead = _leads.FirstOrDefault(l => text.StartsWith(l, StringComparison.OrdinalIgnoreCase));
        if (lead is null)
            yield break;
        yield return text[lead.Length..];
        foreach (var candidate in Beginnings(text[lead.Length..]))
            yield return candidate;
    }

    private static IEnumerable<string> Beginnings(string text)
    {
        if (Quoted(text) is { } quoted)
            yield return quoted;
        for (var colon = text.IndexOf(':'); colon >= 0; colon = text.IndexOf(':', colon + 1))
            yield return text[..colon].TrimEnd();
    }

    private static string? Quoted(string text)
    {
        if (!text.StartsWith('"'))
            return null;
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '"')
            {
                try
                {
                    return JsonSerializer.Deserialize<string>(text[..(i + 1)]);
                }
                catch (JsonException)
                {
                    return null;
                }
            }
        }

        return null;
    }

    private static string? Text(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair in an escape.
            return null;
        }
    }
}
