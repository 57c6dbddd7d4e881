namespace PendoSync.Warehouses.Sql;

/// <summary>
/// What a dialect adds to the comments and strings of standard SQL (<c>-- …</c>, <c>/* … */</c>, <c>'it''s'</c>,
/// <c>"name"</c>).
/// </summary>
[Flags]
internal enum SqlLexis
{
    /// <summary>Nothing.</summary>
    Standard = 0,

    /// <summary><c># …</c> is a comment.</summary>
    HashComments = 1,

    /// <summary><c>// …</c> is a comment.</summary>
    SlashComments = 2,

    /// <summary><c>--</c> needs white space behind it to start a comment.</summary>
    SpacedDashes = 4,

    /// <summary>A block comment may hold another.</summary>
    NestedComments = 8,

    /// <summary>A backslash escapes the next character of a string.</summary>
    Backslashes = 16,

    /// <summary>A backslash does so in <c>E'…'</c> only.</summary>
    EscapeStrings = 32,

    /// <summary><c>$$ … $$</c> and <c>$tag$ … $tag$</c> are strings.</summary>
    DollarStrings = 64,

    /// <summary><c>'''…'''</c> and <c>"""…"""</c> are strings that hold single quotes and line breaks.</summary>
    TripleQuotes = 128,

    /// <summary><c>[name]</c> is a quoted name.</summary>
    Brackets = 256,

    /// <summary><c>"…"</c> is a string, with its backslashes, and no name.</summary>
    DoubleQuotedStrings = 512,

    /// <summary>What stands in <c>/*! … */</c> and <c>/*M! … */</c> is run.</summary>
    RunComments = 1024,
}
