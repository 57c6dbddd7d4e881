using System.Net;

namespace PendoSync.Warehouses.Rest;

/// <summary>
/// What the vendor documents as the answer to one call. Whatever else comes with a status of success (another status, a sign-in page, half
/// a page, a member that is missing) is fetched again: taken as it is, it would be read as "no rows" and the rows would be lost.
/// </summary>
/// <param name="lacks">What of the documented JSON an answer does not hold, for a person: "its 'data'"; null: nothing.</param>
/// <param name="takes">True for an answer whose status is one that the contract gives for the call.</param>
internal sealed class RestContract(Func<RestAnswer, string?> lacks, Func<RestAnswer, bool> takes)
{
    /// <summary>The contract of a call that is answered with one of these statuses; none: 200 alone.</summary>
    public RestContract(Func<RestAnswer, string?> lacks, params HttpStatusCode[] statuses)
        : this(lacks, answer => statuses.Length == 0 ? answer.Status == HttpStatusCode.OK : statuses.Contains(answer.Status))
    {
    }

    /// <summary>
    /// False where an answer that was lost on its way cannot be had again, since the system has moved on: the read ends instead.
    /// </summary>
    public bool CanAskAgain { get; init; } = true;

    /// <summary>An answer of 200 with these members.</summary>
    public static RestContract Of(params string[] members) => new(answer => Missing(answer, members));

    /// <summary>"its 'member'" of the first of these members that is missing or null; null when all are there.</summary>
    public static string? Missing(RestAnswer answer, params ReadOnlySpan<string> members)
    {
        foreach (var member in members)
        {
            if (!answer.Envelope.Has(member))
                return $"its '{member}'";
        }

        return null;
    }

    /// <summary>True when the status is one that the contract gives.</summary>
    public bool Takes(RestAnswer answer) => takes(answer);

    /// <summary>What is wrong with an answer of such a status, for a person; null: nothing.</summary>
    public string? FaultOf(RestAnswer answer)
    {
        if (answer.Body.Span.IsEmpty)
            return "an empty answer";
        if (!answer.IsJson)
            return answer.Body.Span.TrimStart(" \t\r\n"u8) is [(byte)'<', ..] ? "a page of HTML or XML in place of JSON"
                : "an answer that is not whole JSON";
        return lacks(answer) is { } missing ? $"an answer without {missing}" : null;
    }
}
