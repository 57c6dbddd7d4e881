using System.Text.Json;
using PendoSimulator.Records;

namespace PendoSimulator.Aggregations;

/// <summary>A pipeline: source, then identified, filter on the id, sort by the id, skip, limit and select, in their order.</summary>
internal sealed class AggregationQuery
{
    private readonly SimulatorOptions options;
    private readonly RecordKind kind;
    private readonly StringComparer order;
    private List<RecordStore.Entry>? rows;
    private readonly List<Func<string, bool>> filters = [];
    private bool sorted;
    private bool descending;
    private int skipped;
    private string? from;

    private AggregationQuery(SimulatorOptions options, RecordKind kind)
    {
        (this.options, this.kind) = (options, kind);
        order = options.AggregationOrder == IdOrder.IgnoreCase ? IdComparers.IgnoreCase
            : options.AggregationOrder == IdOrder.Bytes ? IdComparers.Bytes : StringComparer.Ordinal;
    }

    /// <summary>What every row shows, or null for all of it.</summary>
    public IReadOnlyList<(string Name, string Path)>? Selected { get; private set; }

    public RecordKind Kind => kind;

    public string IdName => kind.Name == "parentAccount" ? options.ParentAccountIdName : kind.Name + "Id";

    /// <summary>Carries out a pipeline.</summary>
    /// <exception cref="FormatException">It is none that the simulator knows.</exception>
    public static (AggregationQuery Query, List<RecordStore.Entry> Rows) Run(SimulatedPendo pendo, JsonElement pipeline)
    {
        if (pipeline.ValueKind != JsonValueKind.Array || pipeline.GetArrayLength() == 0)
            throw new FormatException("request.pipeline must be an array that begins with a source");
        var query = Source(pendo, Step(pipeline[0]));
        foreach (var step in pipeline.EnumerateArray().Skip(1))
            query.Take(Step(step));
        return (query, query.Rows());
    }

    private static (string Name, JsonElement Value) Step(JsonElement step) =>
        step.ValueKind == JsonValueKind.Object && step.EnumerateObject().ToList() is [var only] ? (only.Name, only.Value)
            : throw new FormatException("a step must be an object of one member");

    private static AggregationQuery Source(SimulatedPendo pendo, (string Name, JsonElement Value) step)
    {
        var (source, settings) = step.Name == "source" ? Step(step.Value) : throw new FormatException("the first step must be a source");
        var found = source switch
        {
            "visitors" => pendo.FindKind("visitor"),
            "accounts" => pendo.FindKind("account"),
            _ when source == pendo.Options.ParentAccountSource => pendo.FindKind("parentAccount"),
            _ => null,
        } ?? throw new FormatException($"there is no source {source}");
        var query = new AggregationQuery(pendo.Options, found);
        if (settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty("identified", out var identified)
            && identified.ValueKind == JsonValueKind.True)
            query.filters.Add(IsIdentified);
        return query;
    }

    private void Take((string Name, JsonElement Value) step)
    {
        switch (step)
        {
            case ("identified", { ValueKind: JsonValueKind.String }):
                Filter(IsIdentified);
                break;
            case ("filter", { ValueKind: JsonValueKind.String } text):
                var filter = IdFilter.Parse(text.GetString()!, IdName, order);
                from ??= rows is null ? filter.From : null;
                Filter(filter.Test);
                break;
            case ("sort", { ValueKind: JsonValueKind.Array } by) when by.GetArrayLength() == 1
                && by[0].GetString() is { } name && (name == IdName || name == "-" + IdName):
                Sort(name[0] == '-');
                break;
            case ("skip", { ValueKind: JsonValueKind.Number } count):
                skipped = count.GetInt32();
                rows = Rows();
                break;
            case ("limit", { ValueKind: JsonValueKind.Number } count):
                rows = Rows(count.GetInt32());
                break;
            case ("select", { ValueKind: JsonValueKind.Object } names):
                Selected = [.. names.EnumerateObject().Select(member => (member.Name, member.Value.GetString() ?? ""))];
                break;
            default:
                throw new FormatException($"step {step.Name} is not simulated in this form");
        }
    }

    private void Filter(Func<string, bool> test)
    {
        if (rows is null)
            filters.Add(test);
        else
            rows.RemoveAll(row => !test(row.Id));
    }

    private void Sort(bool descends)
    {
        (sorted, descending) = (true, descends);
        rows?.Sort((a, b) => descends ? order.Compare(b.Id, a.Id) : order.Compare(a.Id, b.Id));
    }

    // Before a limit nothing is copied that is not asked for: a million records are read in pages.
    private List<RecordStore.Entry> Rows(int limit = int.MaxValue)
    {
        var taken = rows is null
            ? kind.Records.Select(sorted ? order : null, descending, from, id => filters.TrueForAll(test => test(id)), skipped, limit)
            : [.. rows.Skip(skipped).Take(limit)];
        skipped = 0;
        return taken;
    }

    private static bool IsIdentified(string id) => !id.StartsWith("_PENDO_T_", StringComparison.Ordinal);
}
