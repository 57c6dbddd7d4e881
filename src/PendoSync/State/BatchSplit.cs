using System.Text.Json;

namespace PendoSync.State;

/// <summary>
/// What is left to send of a batch, range by range. It is kept with the batch while it waits: what was answered is not
/// sent again, and the bound on extra calls does not start anew with each delivery.
/// </summary>
public sealed class BatchSplit
{
    private readonly Stack<(int Start, int Count)> _ranges = [];

    /// <summary>A batch not sent yet: one range.</summary>
    /// <param name="records">Records of the batch.</param>
    public BatchSplit(int records) => _ranges.Push((0, records));

    private BatchSplit(Form form, int records)
    {
        foreach (var (start, count) in form.Ranges.AsEnumerable().Reverse().Select(r => (r[0], r[1])))
        {
            if (start < 0 || count < 0 || start > records - count)
                throw new FormatException("a range outside the batch");
            _ranges.Push((start, count));
        }

        (ExtraCalls, Refusal) = (form.Extra, form.Refusal);
    }

    /// <summary>The range to send next; null when all were answered.</summary>
    public (int Start, int Count)? Next => _ranges.TryPeek(out var range) ? range : null;

    /// <summary>Calls beyond the first that halving has cost or will cost.</summary>
    public int ExtraCalls { get; private set; }

    /// <summary>The first answer with which Pendo refused a call as a whole; null when it did not.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The next range is answered.</summary>
    /// <param name="refusal">With what Pendo refused it as a whole; null when it did not.</param>
    public void Answered(string? refusal = null)
    {
        _ranges.Pop();
        Refusal ??= refusal;
    }

    /// <summary>Puts the two halves of the next range in its place, the first one first.</summary>
    public void Halve(string? refusal)
    {
        var (start, count) = _ranges.Pop();
        _ranges.Push((start + (count / 2), count - (count / 2)));
        _ranges.Push((start, count / 2));
        ExtraCalls += 2;
        Refusal ??= refusal;
    }

    /// <summary>As JSON text; null while nothing was halved.</summary>
    internal string? ToText() => ExtraCalls == 0
        ? null : JsonSerializer.Serialize(new Form([.. _ranges.Select(r => new[] { r.Start, r.Count })], ExtraCalls, Refusal));

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    /// <exception cref="FormatException">A range lies outside the batch.</exception>
    /// <exception cref="JsonException">It is no such text.</exception>
    internal static BatchSplit? FromText(string? text, int records)
    {
        if (text is null)
            return null;
        var form = JsonSerializer.Deserialize<Form>(text);
        if (form?.Ranges is null || form.Ranges.Exists(r => r is not { Length: 2 }))
            throw new FormatException("no ranges of two numbers");
        return new BatchSplit(form, records);
    }

    private sealed record Form(List<int[]> Ranges, int Extra, string? Refusal);
}
