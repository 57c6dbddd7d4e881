namespace PendoSync.Planning;

/// <summary>Narrows one run; never stored. The plan is closed as partial, so cursor and snapshot stay as they are.</summary>
/// <param name="Limit">At most so many records are planned.</param>
/// <param name="Key">Only this key is read.</param>
public sealed record RunScope(int? Limit = null, string? Key = null);
