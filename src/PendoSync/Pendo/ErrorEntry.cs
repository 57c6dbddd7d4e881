using System.Text.Json;

namespace PendoSync.Pendo;

/// <summary>
/// One entry of <c>errors</c>, a string or an object (which of the two is not settled, pendo-api 1.2). It is tied to a
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
            return new ErrorEntry(null, element.GetRawText(), false);
        string? id = null, reason = null;
        foreach (var member in element.EnumerateObject())
        {
            if (_idNames.Contains(member.Name, StringComparer.OrdinalIgnoreCase))
                id ??= IdText(member.Value);
            else if (_reasonNames.Contains(member.Name, StringComparer.OrdinalIgnoreCase) && member.Value.ValueKind == JsonValueKind.String)
                reason ??= Text(member.Value);
        }

        return new ErrorEntry(id, reason ?? element.GetRawText(), false);
    }

    /// <summary>An id given as string or number.</summary>
    public static string? IdText(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => Text(element),
        JsonValueKind.Number => element.GetRawText(),
        _ => null,
    };

    /// <summary>The position of the record it speaks of, or -1.</summary>
    public int Tie(IReadOnlyDictionary<string, int> positions)
    {
        if (!IsText)
            return Id is not null && positions.TryGetValue(Id, out var exact) ? exact : -1;
        if (positions.TryGetValue(Reason, out var whole))
            return whole;
        var text = Reason;
        foreach (var lead in _leads)
        {
            if (text.StartsWith(lead, StringComparison.OrdinalIgnoreCase))
            {
                text = text[lead.Length..];
                break;
            }
        }

        return FirstToken(text) is { } token && positions.TryGetValue(token, out var at) ? at : -1;
    }

    // A quoted beginning, or what stands before the first colon.
    private static string? FirstToken(string text)
    {
        if (text.Length == 0)
            return null;
        if (text[0] != '"')
            return text.IndexOf(':') is var colon and > 0 ? text[..colon].TrimEnd() : null;
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
