namespace Benchmarks;

/// <summary>What to measure.</summary>
/// <param name="Rows">Rows of the PostgreSQL table. Default 1,000,000.</param>
/// <param name="PeakRows">Rows of the SQLite table whose first and unchanged run are measured for memory. Default 1,000,000; 10,000,000 in
/// the long form.</param>
/// <param name="Events">Track events. Default 200,000.</param>
/// <param name="Pairs">Measured pairs per figure; medians are printed. Default 5.</param>
/// <param name="Only">Names of figures; empty: all.</param>
internal sealed record BenchmarkOptions(int Rows, int PeakRows, int Events, int Pairs, IReadOnlyList<string> Only)
{
    /// <summary>
    /// Reads <c>--rows N --peak-rows N --events N --pairs N --only unchanged,first,calls,memory,events,events_memory,compare</c>.
    /// </summary>
    public static BenchmarkOptions Parse(string[] args)
    {
        var values = args.Chunk(2).Where(p => p.Length == 2).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
        int Number(string name, int otherwise) => values.TryGetValue(name, out var text)
            ? int.Parse(text.Replace("_", "", StringComparison.Ordinal)) : otherwise;
        return new BenchmarkOptions(Number("--rows", 1_000_000), Number("--peak-rows", 1_000_000),
            Number("--events", 200_000), Number("--pairs", 5),
            values.TryGetValue("--only", out var only) ? only.Split(',') : []);
    }

    /// <summary>True when the figure is wanted.</summary>
    public bool Wants(string figure) => Only.Count == 0 || Only.Contains(figure, StringComparer.Ordinal);
}
