using System.Net.Http.Json;
using System.Text.Json;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.Elasticsearch;

/// <summary>
/// Pages of hits from a point in time: sorted by <c>_shard_doc</c>, each page after the last hit of the one before, always with the id that
/// came last. https://www.elastic.co/docs/reference/elasticsearch/rest-apis/paginate-search-results#search-after
/// </summary>
internal sealed class ElasticSearchPages(
    RestCaller caller, WarehouseProblems problems, string url, string point, ElasticFields fields, object? query, int size) : IPageSource
{
    /// <summary>How long the point in time lives after each page.</summary>
    public const string KeepAlive = "10m";

    // Empty arrays stay in an answer as long as the filter names the array itself.
    private static readonly string Search =
        "/_search?allow_partial_search_results=false&filter_path=pit_id,timed_out,_shards,_clusters,hits.total,hits.hits";
    private string _point = point;
    private JsonElement? _after;
    private long _delivered;
    private bool _ended;

    /// <inheritdoc/>
    public long? Total { get; private set; }

    /// <inheritdoc/>
    public async Task<JsonPage?> NextAsync(CancellationToken ct)
    {
        if (_ended)
            return null;
        var answer = await caller.SendAsync(() =>
            new HttpRequestMessage(HttpMethod.Post, url + Search) { Content = JsonContent.Create(Body()) }, new RestContract(Missing), ct);
        _point = answer.Envelope.Text("pit_id") ?? _point;
        Total ??= TotalOf(answer);
        var page = answer.Page("hits.hits");
        var hits = LastSort(page);
        _delivered += hits;
        _ended = hits < size;
        return page;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() =>
        await caller.TryOnceAsync(() =>
            new HttpRequestMessage(HttpMethod.Delete, url + "/_pit") { Content = JsonContent.Create(new { id = _point }) });

    private static long? TotalOf(RestAnswer answer) =>
        answer.Envelope.Element("hits.total") is { ValueKind: JsonValueKind.Object } total
            && total.TryGetProperty("relation", out var relation) && relation.ValueEquals("eq")
        && total.TryGetProperty("value", out var value) && value.TryGetInt64(out var rows) ? rows : null;

    // A page that is not full is the last, and then all rows are there. Clusters of a cross-cluster search that were skipped are rows that
    // are missing.
    private string? Missing(RestAnswer answer)
    {
        if (RestContract.Missing(answer, "timed_out", "_shards.failed") is { } member)
            return member;
        if (answer.Envelope.Text("timed_out") != "false" || answer.Envelope.Text("_shards.failed") != "0"
            || answer.Envelope.Number("_clusters.skipped") is > 0)
            return "the rows of some shards, which did not answer";
        if (answer.Envelope.Count("hits.hits") is not { } hits)
            return "its 'hits.hits'";
        if (_delivered == 0 && Total is null && TotalOf(answer) is null)
            return "its 'hits.total'";
        return hits < size && _delivered + hits != (Total ?? TotalOf(answer)) ? "all of its hits" : null;
    }

    private Dictionary<string, object> Body()
    {
        var body = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["size"] = size,
            ["pit"] = new { id = _point, keep_alive = KeepAlive },
            ["sort"] = new[] { new { _shard_doc = "asc" } },
            ["track_total_hits"] = Total is null,
            ["fields"] = fields.Paths.Where(fields.IsAskedFor)
                .Select(f => fields.IsDate(f) ? (object)new { field = f, format = "strict_date_optional_time_nanos" } : new { field = f }),
        };
        if (query is not null)
            body["query"] = query;
        if (_after is { } after)
            body["search_after"] = after;
        return body;
    }

    // Counts the hits and keeps the sort values of the last.
    private int LastSort(JsonPage page)
    {
        var reader = new Utf8JsonReader(page.Body.Span[page.Rows..]);
        var (hits, sort, end) = (0, -1L, 0L);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            hits++;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isSort = reader.ValueTextEquals("sort"u8);
                reader.Read();
                var start = reader.TokenStartIndex;
                reader.Skip();
                if (isSort)
                    (sort, end) = (start, reader.BytesConsumed);
            }
        }

        var before = _after?.GetRawText();
        _after = sort < 0 ? null : JsonElement.Parse(page.Body.Span[(page.Rows + (int)sort)..(page.Rows + (int)end)]);
        if (hits == size && (_after is not { } after || after.GetRawText() == before))
            throw problems.Transient("a full page of hits does not say where the next one begins", WarehouseProblems.ChangedAnswer);
        return hits;
    }
}
