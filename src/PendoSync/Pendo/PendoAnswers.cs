using System.Text;
using System.Text.Json;
using PendoSync.Batches;

namespace PendoSync.Pendo;

/// <summary>
/// The pure table from status and body of a bulk call to what it means. Sources: docs/pendo.md. Pendo documents
/// <c>total = updated + failed</c> and <c>failed = missing + errors</c>; an answer that breaks this is not trusted, and bisected until one
/// record is left.
/// Reasons hold no ids: what stands in the state speaks of no person.
/// </summary>
internal static class PendoAnswers
{
    /// <summary>Said of <see cref="PendoAnswer.IsPage"/>.</summary>
    public const string Page = "a page of HTML came in the place of Pendo's answer";

    private const int ReasonLength = 500;

    /// <summary>Reads the answer to a bulk call.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="ids">Ids of the records sent, in order.</param>
    public static AnswerReading Read(PendoAnswer answer, IReadOnlyList<string> ids) => answer.Status switch
    {
        0 => new AnswerReading(Verdict.Retry, answer.Detail ?? "no answer"),
        >= 200 and < 300 => ReadCounts(answer, ids, new IdMask(ids)),
        401 or 403 => new AnswerReading(Verdict.Stop, "Pendo refused the integration key"),
        404 => new AnswerReading(Verdict.Stop, "Pendo does not know this address"),
        408 when ids.Count > 1 => new AnswerReading(Verdict.Halve, "Pendo needed more than 5 minutes"),
        413 when ids.Count > 1 => new AnswerReading(Verdict.Halve, "the call was too large for Pendo"),
        413 => OneRejected("the record is too large for Pendo"),
        429 => new AnswerReading(Verdict.Throttled, "Pendo asks for fewer calls"),
        408 or 409 or 425 or >= 500 => new AnswerReading(Verdict.Retry, Describe(answer, ids)),
        >= 300 and < 400 => new AnswerReading(Verdict.Stop, $"Pendo answered with a redirect ({answer.Status})"),
        _ when ids.Count == 1 => OneRejected(Describe(answer, ids)),
        _ => new AnswerReading(Verdict.Bisect, Describe(answer, ids)),
    };

    /// <summary>Status and the beginning of the body, on one line.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="ids">Ids that must not stand in the text.</param>
    public static string Describe(PendoAnswer answer, IEnumerable<string>? ids = null)
    {
        if (answer.Status == 0)
            return answer.Detail ?? "no answer";
        var text = Encoding.UTF8.GetString(answer.Body.AsSpan(0, Math.Min(answer.Body.Length, 16 * ReasonLength)));
        text = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (ids is not null && text.Length > 0)
            text = new IdMask(ids).Mask(text);
        return text.Length == 0 ? $"HTTP {answer.Status}" : $"HTTP {answer.Status}: {Cut(text)}";
    }

    private static AnswerReading OneRejected(string reason) => new(Verdict.Done) { Outcomes = [(RecordOutcome.Rejected, reason)] };

    private static AnswerReading ReadCounts(PendoAnswer answer, IReadOnlyList<string> ids, IdMask mask)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? ReadCounts(document.RootElement, ids, mask)
                : NotTrusted("the answer is no JSON object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperation: names or texts that are no UTF-8, or escapes that are half a surrogate pair.
            return NotTrusted("the answer is no JSON");
        }
    }

    private static AnswerReading ReadCounts(JsonElement root, IReadOnlyList<string> ids, IdMask mask)
    {
        if (!TryCount(root, "total", out var total) || !TryCount(root, "updated", out var updated)
            || !TryCount(root, "failed", out var failed) || !TryCount(root, "created", out var created)
            || !TryList(root, "missing", out var missing) || !TryList(root, "errors", out var errors))
            return NotTrusted("a member is of another type than documented");
        if (failed is null && updated is null)
            return NotTrusted("the answer has no counts");
        var listed = missing.Count + errors.Count;
        var rejected = failed ?? listed;
        // No source has a count of created records; where one comes, `updated` may leave them out.
        if ((long?)updated + created == ids.Count - rejected)
            updated += created;
        if (rejected > ids.Count || (total ?? ids.Count) != ids.Count || (updated ?? ids.Count - rejected) + rejected != ids.Count
            || (listed > 0 && listed != rejected))
            return NotTrusted(
                $"the counts do not add up for {ids.Count} records (total {total}, updated {updated}, failed {failed}, "
                + $"missing {missing.Count}, errors {errors.Count})", ids.Count);
        if (rejected == 0)
            return new AnswerReading(Verdict.Done) { Outcomes = AllAccepted(ids.Count) };
        if (listed == 0)
            return Unnamed(AllAccepted(ids.Count), rejected, "Pendo gave no reason");
        return Tie(ids, missing, errors, mask);
    }

    private static AnswerReading Tie(IReadOnlyList<string> ids, List<JsonElement> missing, List<JsonElement> errors, IdMask mask)
    {
        var positions = new Dictionary<string, int>(ids.Count, StringComparer.Ordinal);
        for (var i = 0; i < ids.Count; i++)
            positions.TryAdd(ids[i], i);
        var outcomes = AllAccepted(ids.Count);
        foreach (var element in missing)
        {
            // Of one record alone it is clear who is meant, however Pendo writes the id.
            var at = 0;
            if (ids.Count > 1 && (ErrorEntry.IdText(element) is not { } id || !positions.TryGetValue(id, out at)
                || outcomes[at].Outcome != RecordOutcome.Accepted))
                return NotTrusted("`missing` names an id that was not sent, or one twice", ids.Count);
            outcomes[at] = (RecordOutcome.NotFound, null);
        }

        var loose = new List<string>();
        foreach (var element in errors)
        {
            var entry = ErrorEntry.Read(element);
            var at = entry.Tie(positions);
            if (at < 0 || outcomes[at].Outcome != RecordOutcome.Accepted)
                loose.Add(mask.Mask(entry.Reason));
            else
                outcomes[at] = (RecordOutcome.Rejected, Cut(mask.Mask(entry.Reason)));
        }

        return Unnamed(outcomes, loose.Count, loose.Count == 0 ? "" : loose[0]);
    }

    // It is known how many more were rejected, but not which: when it is all that are left, it is clear again.
    private static AnswerReading Unnamed((RecordOutcome Outcome, string? Reason)[] outcomes, int rejected, string reason)
    {
        if (rejected > 0 && rejected < outcomes.Count(o => o.Outcome == RecordOutcome.Accepted))
            return new AnswerReading(Verdict.Bisect, Cut(reason));
        for (var i = 0; rejected > 0 && i < outcomes.Length; i++)
            if (outcomes[i].Outcome == RecordOutcome.Accepted)
                outcomes[i] = (RecordOutcome.Rejected, Cut(reason));
        return new AnswerReading(Verdict.Done) { Outcomes = outcomes };
    }

    private static (RecordOutcome Outcome, string? Reason)[] AllAccepted(int count)
    {
        var outcomes = new (RecordOutcome, string?)[count];
        Array.Fill(outcomes, (RecordOutcome.Accepted, null));
        return outcomes;
    }

    // What cannot be understood about many may be clear of fewer; a page that is no answer is none of fewer either.
    private static AnswerReading NotTrusted(string why, int records = 1) =>
        new(records > 1 ? Verdict.Bisect : Verdict.Retry, $"Pendo's answer is not trusted: {why}");

    private static bool TryCount(JsonElement root, string name, out int? count)
    {
        count = null;
        if (!root.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null)
            return true;
        if (member.ValueKind != JsonValueKind.Number || !member.TryGetInt32(out var value) || value < 0)
            return false;
        count = value;
        return true;
    }

    private static bool TryList(JsonElement root, string name, out List<JsonElement> list)
    {
        list = [];
        if (!root.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null)
            return true;
        if (member.ValueKind != JsonValueKind.Array)
            return false;
        list.AddRange(member.EnumerateArray());
        return true;
    }

    private static string Cut(string text) => ShownText.Cut(text, ReasonLength);
}
