using System.Net.Http.Json;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.Elasticsearch;

/// <summary>
/// Pages of a SQL result: the first comes with the columns, the others by the cursor of the one before; the last has no cursor.
/// https://www.elastic.co/docs/reference/query-languages/sql/sql-rest-pagination
/// </summary>
internal sealed class ElasticSqlPages(RestCaller caller, string url, RestAnswer first) : IPageSource
{
    private RestAnswer? _first = first;
    private string? _cursor = first.Envelope.Text("cursor");

    // Before version 8 a cursor is a scroll: asked a second time, it would give the page after the lost one.
    private static readonly RestContract Next = new(answer => answer.Envelope.Count("rows") is null ? "its 'rows'"
        : null)
    { CanAskAgain = false };

    /// <summary>What the SQL API answers first.</summary>
    public static RestContract First { get; } = new(answer => answer.Envelope.Count("columns") is null ? "its 'columns'"
        : answer.Envelope.Count("rows") is null ? "its 'rows'" : null);

    /// <summary>The SQL API does not say how many rows there are.</summary>
    public long? Total => null;

    /// <inheritdoc/>
    public async Task<JsonPage?> NextAsync(CancellationToken ct)
    {
        if (Interlocked.Exchange(ref _first, null) is { } page)
            return page.Page("rows");
        if (_cursor is null)
            return null;
        var body = new { cursor = _cursor };
        var answer = await caller.SendAsync(() =>
            new HttpRequestMessage(HttpMethod.Post, url + "/_sql?format=json") { Content = JsonContent.Create(body) }, Next, ct);
        _cursor = answer.Envelope.Text("cursor");
        return answer.Page("rows");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _first?.Dispose();
        if (_cursor is { } open)
            await caller.TryOnceAsync(() =>
                new HttpRequestMessage(HttpMethod.Post, url + "/_sql/close") { Content = JsonContent.Create(new { cursor = open }) });
    }
}
