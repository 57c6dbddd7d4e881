using System.Text;

namespace PendoSync.Warehouses.Sql;

/// <summary>One part of a dotted name.</summary>
/// <param name="Text">The name without quotes.</param>
/// <param name="Quoted">True when the user quoted it, so its case must stay.</param>
internal readonly record struct SqlNamePart(string Text, bool Quoted);

/// <summary>Cuts a dotted name as the user wrote it; any of the three quotes of SQL systems may be used: "x", [x], `x`.</summary>
internal static class SqlName
{
    /// <summary>The parts in order; a dot inside quotes belongs to the name.</summary>
    /// <exception cref="ProblemException">Configuration: an empty part or a quote that never ends.</exception>
    public static IReadOnlyList<SqlNamePart> Parse(string dotted)
    {
        var parts = new List<SqlNamePart>();
        var at = 0;
        while (true)
        {
            parts.Add(at < dotted.Length && CloserOf(dotted[at]) is { } close ? Quoted(dotted, close, ref at) : Plain(dotted, ref at));
            if (at == dotted.Length)
                return parts;
            if (dotted[at++] != '.')
                throw Bad(dotted, "has text right after a quoted part");
        }
    }

    private static SqlNamePart Plain(string dotted, ref int at)
    {
        var dot = dotted.IndexOf('.', at);
        var end = dot < 0 ? dotted.Length : dot;
        var text = dotted[at..end].Trim();
        at = end;
        return text.Length > 0 ? new SqlNamePart(text, Quoted: false) : throw Bad(dotted, "has an empty part");
    }

    private static SqlNamePart Quoted(string dotted, char close, ref int at)
    {
        var text = new StringBuilder();
        for (at++; at < dotted.Length; at++)
        {
            if (dotted[at] != close)
                text.Append(dotted[at]);
            else if (at + 1 < dotted.Length && dotted[at + 1] == close)
                text.Append(dotted[at++]);
            else
            {
                at++;
                return text.Length > 0 ? new SqlNamePart(text.ToString(), Quoted: true) : throw Bad(dotted, "has an empty part");
            }
        }

        throw Bad(dotted, $"lacks the closing {close}");
    }

    private static char? CloserOf(char open) => open switch { '"' => '"', '`' => '`', '[' => ']', _ => null };

    private static ProblemException Bad(string dotted, string what) =>
        new(ProblemKind.Configuration, $"the name {dotted} {what}",
            fix: "Write it as schema.table; quote a part that holds a dot or capital letters.");
}
