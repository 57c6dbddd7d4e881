namespace PendoSync.Definitions;

/// <summary>A form names must have.</summary>
/// <param name="Pattern">Anchored regular expression, read alike by .NET and by JSON Schema.</param>
/// <param name="Words">For messages.</param>
internal sealed record NameForm(string Pattern, string Words)
{
    public static readonly NameForm Sync = new("^[a-z0-9][a-z0-9-]{0,62}$",
        "small letters, digits and dashes, at most 63, the first not a dash");
    public static readonly NameForm Connection = new("^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$",
        "letters, digits, dashes and underscores, at most 63, the first a letter or digit");
    public static readonly NameForm App = new("^[A-Za-z0-9][A-Za-z0-9_. -]{0,62}$",
        "letters, digits, dashes, dots, spaces and underscores, at most 63");

    public static readonly NameForm Instant = new("^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].*)?$", "an instant such as 2026-03-01T00:00:00Z");

    // Pendo's help centre, article 360031832072: letters, digits, underscore; first a letter or underscore.
    public static readonly NameForm Field = new("^[A-Za-z_][A-Za-z0-9_]*$", "letters, digits and underscores, the first not a digit");

    // Pendo's help centre, article 360032294291: at most 32 characters, not of the form __x__; others are accepted but never shown.
    public static readonly NameForm Property = new("^(?!__.*__$)[A-Za-z_][A-Za-z0-9_]{0,31}$",
        "letters, digits and underscores, at most 32, the first not a digit, not of the form __name__");
}
