using System.Text.Json;
using System.Text.Json.Serialization;

namespace PendoSync.State;

/// <summary>
/// What is left to send of a batch, range by range. It is kept with the batch while it waits: what was answered is not
/// sent again, and the bound on extra calls does not start anew with each delivery.
/// </summary>
public sealed class BatchSplit
{
    private readonly List<(int Start, int Count)> _ranges = [];
    private readonly List<(int Start, int Count)> _late = [];

    /// <summary>A batch not sent yet: one range.</summary>
    /// <param name="records">Records of the batch.</param>
    public BatchSplit(int records) => _ranges.Add((0, records));

    private BatchSplit(Form form, int records)
    {
        foreach (var (start, count) in form.Ranges.Select(r => (r[0], r[1])))
        {
            if (start < 0 || count < 0 || start > records - count)
                throw new FormatException("a range outside the batch");
            _ranges.Add((start, count));
        }

        if (form.Late < 0 || form.Late > _ranges.Count)
            throw new FormatException("more late ranges than ranges");
        _late.AddRange(_ranges[^form.Late..]);
        _ranges.RemoveRange(_ranges.Count - form.Late, form.Late);
        (ExtraCalls, RejectedWith) = (form.Extra, form.RejectedWith);
    }

    /// <summary>Calls beyond the first that halving has cost or will cost.</summary>
    public int ExtraCalls { get; private set; }

    /// <summary>The first answer with which Pendo rejected a call as a whole; null when it did not.</summary>
    public string? RejectedWith { get; private set; }

    /// <summary>The range to send next: the largest, so that the innocent pass in few calls; null when all were answered.</summary>
    /// <param name="narrow">True: the smallest one instead, so that some records are judged by themselves.</param>
    public (int Start, int Count)? Next(bool narrow)
    {
        var from = _ranges.Count > 0 ? _ranges : _late;
        return from.Count == 0 ? null : narrow ? from.MinBy(r => r.Count) : from.MaxBy(r => r.Count);
    }

    /// <summary>A range is answered.</summary>
    /// <param name="range">The range.</param>
    /// <param name="rejectedWith">With what Pendo rejected it as a whole; null when it did not.</param>
    public void Answered((int Start, int Count) range, string? rejectedWith = null)
    {
        _ = _ranges.Remove(range) || _late.Remove(range);
        RejectedWith ??= rejectedWith;
    }

    /// <summary>Puts the two halves of a range in its place.</summary>
    public void Halve((int Start, int Count) range, string? rejectedWith)
    {
        Answered(range, rejectedWith);
        var half = range.Count / 2;
        _ranges.Add((range.Start, half));
        _ranges.Add((range.Start + half, range.Count - half));
        ExtraCalls += 2;
    }

    /// <summary>Puts a range behind all others: what keeps failing must not keep its neighbours waiting.</summary>
    public void Postpone((int Start, int Count) range)
    {
        Answered(range);
        _late.Add(range);
    }

    /// <summary>As JSON text; null while nothing was halved.</summary>
    internal string? ToText() => ExtraCalls == 0 ? null
        : JsonSerializer.Serialize(new Form([.. _ranges.Concat(_late).Select(r => new[] { r.Start, r.Count })], ExtraCalls, RejectedWith,
            _late.Count));

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

    private sealed record Form(List<int[]> Ranges, int Extra, string? RejectedWith,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Late = 0);
}
