using System.Net.Http.Json;
using System.Text.Json;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.Elasticsearch;

/// <summary>
/// Pages of hits from a point in time: sorted by <c>_shard_doc</c>, each page after the last hit of the one before, always with the id that came last.
/// https://www.elastic.co/docs/reference/elasticsearch/rest-apis/paginate-search-results#search-after
/// </summary>
internal sealed class ElasticSearchPages(
    RestCaller caller, WarehouseProblems problems, string url, string point, ElasticFields fields, object? query, int size) : IPageSource
{
    /// <summary>How long the point in time lives after each page.</summary>
    public const string KeepAlive = "10m";

    private string _point = point;
    private JsonElement? _after;
    private bool _ended;

    /// <inheritdoc/>
    public async Task<JsonPage?> NextAsync(CancellationToken ct)
    {
        if (_ended)
            return null;
        var answer = await caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Post,
            $"{url}/_search?filter_path=pit_id,timed_out,_shards.failed,hits.hits._id,hits.hits._source,hits.hits.fields,hits.hits.sort")
        { Content = JsonContent.Create(Body()) }, ct);
        if (answer.Envelope.Text("timed_out") == "true" || answer.Envelope.Text("_shards.failed") is not (null or "0"))
        {
            answer.Dispose();
            throw problems.Transient("some shards of the index did not answer, so rows would be missing", "Run again; look at the cluster's health.");
        }

        _point = answer.Envelope.Text("pit_id") ?? _point;
        var page = answer.Page("hits.hits");
        var hits = page.Rows < 0 ? 0 : LastSort(page);
        _ended = hits < size;
        return page;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() =>
        await caller.TryOnceAsync(() => new HttpRequestMessage(HttpMethod.Delete, url + "/_pit") { Content = JsonContent.Create(new { id = _point }) });

    private Dictionary<string, object> Body()
    {
        var body = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["size"] = size,
            ["pit"] = new { id = _point, keep_alive = KeepAlive },
            ["sort"] = new[] { new { _shard_doc = "asc" } },
            ["track_total_hits"] = false,
            ["fields"] = fields.Paths.Where(fields.IsDate).Select(f => new { field = f, format = "strict_date_optional_time_nanos" }),
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

        if (sort >= 0)
            _after = JsonElement.Parse(page.Body.Span[(page.Rows + (int)sort)..(page.Rows + (int)end)]);
        return hits;
    }
}

/// <summary>
/// Pages of a SQL result: the first comes with the columns, the others by the cursor of the one before; the last has no cursor.
/// https://www.elastic.co/docs/reference/query-languages/sql/sql-rest-pagination
/// </summary>
internal sealed class ElasticSqlPages(RestCaller caller, string url, RestAnswer first) : IPageSource
{
    private RestAnswer? _first = first;
    private string? _cursor = first.Envelope.Text("cursor");

    /// <inheritdoc/>
    public async Task<JsonPage?> NextAsync(CancellationToken ct)
    {
        if (Interlocked.Exchange(ref _first, null) is { } page)
            return page.Page("rows");
        if (_cursor is null)
            return null;
        var body = new { cursor = _cursor };
        var answer = await caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Post, url + "/_sql?format=json") { Content = JsonContent.Create(body) }, ct);
        _cursor = answer.Envelope.Text("cursor");
        return answer.Page("rows");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _first?.Dispose();
        if (_cursor is { } open)
            await caller.TryOnceAsync(() => new HttpRequestMessage(HttpMethod.Post, url + "/_sql/close") { Content = JsonContent.Create(new { cursor = open }) });
    }
}
