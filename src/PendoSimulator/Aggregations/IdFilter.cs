using System.Text;
using System.Text.Json;

namespace PendoSimulator.Aggregations;

/// <summary>
/// The filters that the simulator understands: an id compared with texts, joined by <c>&amp;&amp;</c>, <c>||</c> and parentheses, such as
/// <c>visitorId&gt;"v-17"</c>.
/// </summary>
internal sealed class IdFilter
{
    private static readonly string[] Operators = [">=", "<=", "==", "!=", ">", "<"];
    private readonly string text;
    private readonly string idName;
    private readonly StringComparer order;
    private int at;
    private int comparisons;
    private string? lowest;

    private IdFilter(string text, string idName, StringComparer order) => (this.text, this.idName, this.order) = (text, idName, order);

    /// <summary>The test that a text means, and an id below which nothing passes, where it says so plainly.</summary>
    /// <exception cref="FormatException">It means nothing that the simulator knows.</exception>
    public static (Func<string, bool> Test, string? From) Parse(string text, string idName, StringComparer order)
    {
        var filter = new IdFilter(text, idName, order);
        var test = filter.Either();
        filter.SkipBlanks();
        return filter.at == text.Length ? (test, filter.comparisons == 1 ? filter.lowest : null) : throw filter.Wrong();
    }

    private Func<string, bool> Either()
    {
        var test = Both();
        while (Takes("||"))
        {
            var (left, right) = (test, Both());
            test = id => left(id) || right(id);
        }
        return test;
    }

    private Func<string, bool> Both()
    {
        var test = One();
        while (Takes("&&"))
        {
            var (left, right) = (test, One());
            test = id => left(id) && right(id);
        }
        return test;
    }

    private Func<string, bool> One()
    {
        if (Takes("("))
        {
            var inner = Either();
            return Takes(")") ? inner : throw Wrong();
        }
        if (!Takes(idName) || Array.Find(Operators, Takes) is not { } comparison)
            throw Wrong();
        var value = Literal();
        comparisons++;
        lowest = comparison is ">" or ">=" ? value : null;
        return comparison switch
        {
            ">" => id => order.Compare(id, value) > 0,
            ">=" => id => order.Compare(id, value) >= 0,
            "<" => id => order.Compare(id, value) < 0,
            "<=" => id => order.Compare(id, value) <= 0,
            "==" => id => id == value,
            _ => id => id != value,
        };
    }

    private string Literal()
    {
        SkipBlanks();
        var start = at;
        if (at == text.Length || text[at] != '"')
            throw Wrong();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\')
                at++;
        }
        if (at >= text.Length)
            throw Wrong();
        at++;
        try
        {
            return JsonSerializer.Deserialize<string>(Encoding.UTF8.GetBytes(text[start..at]))!;
        }
        catch (JsonException wrong)
        {
            throw new FormatException($"the text at {start} is no JSON string", wrong);
        }
    }

    private bool Takes(string token)
    {
        SkipBlanks();
        if (string.CompareOrdinal(text, at, token, 0, token.Length) != 0)
            return false;
        at += token.Length;
        return true;
    }

    private void SkipBlanks()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
    }

    private FormatException Wrong() => new($"filter {text} is not understood at {at}");
}
