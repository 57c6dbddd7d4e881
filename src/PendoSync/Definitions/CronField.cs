using System.Globalization;

namespace PendoSync.Definitions;

/// <summary>One field of a cron line: *, a value, a range and a list of them, each with a step.</summary>
/// <param name="name">What it counts.</param>
/// <param name="min">The first value there is.</param>
/// <param name="max">The last value there is; Sunday may also be 7.</param>
/// <param name="names">Words for the values, from the first on.</param>
internal sealed class CronField(string name, int min, int max, params string[] names)
{
    private int Limit => name == "weekday" ? 7 : max;

    /// <summary>The form of a field as a regular expression, not anchored: what <see cref="Read"/> accepts, and a few it refuses.</summary>
    public string Pattern
    {
        get
        {
            var numbers = Enumerable.Range(min, Limit - min + 1).GroupBy(n => n / 10)
                .Select(tens => (tens.Key == 0 ? "" : $"{tens.Key}") + $"[{tens.First() % 10}-{tens.Last() % 10}]");
            var words = names.Select(n => string.Concat(n.Select(c => $"[{c}{char.ToLowerInvariant(c)}]")));
            var value = $"(?:0*(?:{string.Join('|', numbers)}){string.Concat(words.Select(w => "|" + w))})";
            var part = $"(?:\\*|{value}(?:-{value})?)(?:/[0-9]{{1,4}})?";
            return $"{part}(?:,{part})*";
        }
    }

    /// <summary>The values that a field names, or what is wrong with it.</summary>
    public List<int> Read(string field, out string? wrong)
    {
        wrong = null;
        var values = new List<int>();
        foreach (var part in field.Split(','))
            wrong ??= Part(part, values);
        return values;
    }

    private string? Part(string part, List<int> values)
    {
        var slash = part.IndexOf('/', StringComparison.Ordinal);
        var range = slash < 0 ? part : part[..slash];
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        var (first, last) = range == "*" ? (min, max)
            : dash < 0 ? (ValueOf(range), slash < 0 ? ValueOf(range) : max)
            : (ValueOf(range[..dash]), ValueOf(range[(dash + 1)..]));
        var step = slash < 0 ? 1 : Digits(part[(slash + 1)..]);
        if (first is not { } from || last is not { } to || step is not { } by)
        {
            var words = names.Length > 0 ? $" or {names[0]} to {names[^1]}" : "";
            return $"{Shown(part)} is not a cron field: write a {name} from {min} to {max}{words}, a range such as {min}-{min + 1}, or *";
        }

        if (from < min || from > Limit || to < min || to > Limit)
            return $"{Shown(part)} is out of range: a {name} is {min} to {max}";
        if (by == 0)
            return $"the step of {Shown(part)} is 0, which is out of range: write */1 or *";
        if (from > to)
            return $"{range} goes backwards: write {Forwards(range, from, to, by)}";
        if (slash >= 0 && by > to - from)
            return $"{Shown(part)} steps over all but its first {name}, {from}: write {from}, or a step of at most "
                + Math.Max(1, to - from).ToString(CultureInfo.InvariantCulture);
        for (var value = from; value <= to; value += by)
            values.Add(value);
        return null;
    }

    // The same values, in ranges that run forwards.
    private string Forwards(string range, int from, int to, int by)
    {
        if (by > 1)
        {
            var size = max - min + 1;
            return string.Join(',', Enumerable.Range(0, size).Where(i => i <= to + size - from && i % by == 0)
                .Select(i => ((from - min + i) % size) + min).Order());
        }

        var named = names.Length > 0 && !char.IsAsciiDigit(range[0]);
        string Of(int value) => named ? names[value - min] : value.ToString(CultureInfo.InvariantCulture);
        string Range(int low, int high) => low == high ? Of(low) : $"{Of(low)}-{Of(high)}";
        return from > max ? Range(min, to) : $"{Range(from, max)},{Range(min, to)}";
    }

    private int? ValueOf(string text) =>
        Array.FindIndex(names, n => n.Equals(text, StringComparison.OrdinalIgnoreCase)) is >= 0 and var at ? min + at : Digits(text);

    private static int? Digits(string text) => text.Length is > 0 and <= 4 && !text.AsSpan().ContainsAnyExceptInRange('0', '9')
        ? int.Parse(text, CultureInfo.InvariantCulture)
        : null;

    private static string Shown(string part) => ShownText.Cut(part, 20);
}
