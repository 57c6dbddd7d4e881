namespace PendoSync.Reports;

/// <summary>A part of a list.</summary>
/// <param name="Items">The items.</param>
/// <param name="Next">Given as <c>after</c> it continues the list; null at its end.</param>
public sealed record ItemPage<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>A part of the rejected records.</summary>
/// <param name="Items">The items.</param>
/// <param name="Total">How many there are in all, also where only 10,000 are kept.</param>
/// <param name="Next">Given as <c>after</c> it continues the list; null at its end.</param>
public sealed record RejectedPage(IReadOnlyList<RejectedItem> Items, long Total, string? Next);
