namespace PendoSync.Values;

/// <summary>
/// A cell is not what its column is declared to hold, and the rule that it breaks is known. Where the cell is a text, GetString reads it.
/// </summary>
/// <param name="rule">One of <see cref="Rules"/>.</param>
/// <param name="message">Names the column, never the value.</param>
internal sealed class UnfitCellException(string rule, string message) : InvalidCastException(message)
{
    /// <summary>The rule.</summary>
    public string Rule { get; } = rule;
}
