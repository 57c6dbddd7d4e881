using System.Text.Json;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.Databricks;

/// <summary>
/// The chunks of one statement, inline or behind links. A link carries its own credentials and lives 15 minutes at most: it is fetched
/// without ours, asked for afresh once when storage refuses it, and never shown.
/// https://docs.databricks.com/api/workspace/statementexecution/getstatementresultchunkn
/// </summary>
/// <param name="caller">Calls the workspace, and storage without authorization.</param>
/// <param name="rules">Explains failed statements.</param>
/// <param name="clock">Time of the pauses between polls.</param>
/// <param name="host">Base address of the workspace.</param>
/// <param name="submitted">The answer to the submission; owned.</param>
internal sealed class DatabricksPages(RestCaller caller, DatabricksRules rules, TimeProvider clock, string host, RestAnswer submitted)
    : IPageSource
{
    /// <summary>Path of all statements.</summary>
    public const string Path = "/api/2.0/sql/statements";

    private const string First = "result.";

    /// <summary>
    /// What a submission and a look at a statement answer: how it stands and, when it has succeeded, the manifest with the first chunk.
    /// </summary>
    public static RestContract Statement { get; } = new(answer => RestContract.Missing(answer, "statement_id", "status.state")
        ?? (answer.Envelope.Text("status.state") == "SUCCEEDED" ? RestContract.Missing(answer, "manifest.schema")
            ?? MissingTotal(answer) : null));

    private RestAnswer? _answer = submitted;
    private long _delivered;
    private string _statement = "";
    private string? _next;
    private bool _running;

    /// <inheritdoc/>
    public long? Total { get; private set; }

    /// <summary>Waits for the end of the statement, however long its warehouse takes to start; its columns.</summary>
    public async Task<JsonElement> WaitAsync(CancellationToken ct)
    {
        _statement = host + Path + "/" + Uri.EscapeDataString(_answer!.Envelope.Text("statement_id")!);
        _running = true;
        for (var polls = 0; ; polls++)
        {
            var state = _answer.Envelope.Text("status.state");
            if (state is "SUCCEEDED")
                break;
            if (state is not ("PENDING" or "RUNNING"))
            {
                _running = false;
                throw new ProblemException(rules.ExplainStatement(_answer));
            }

            await Task.Delay(RestSupport.PollPause(polls), clock, ct);
            _answer.Dispose();
            _answer = null;
            _answer = await GetAsync(_statement, Statement, ct);
        }

        _running = false;
        if (_answer.Envelope.Text("manifest.truncated") == "true")
            throw new ProblemException(ProblemKind.Configuration, "Databricks cut the result short", rules.Place,
                "Set disposition: external_links.");
        Total = _answer.Envelope.Number("manifest.total_row_count");
        return _answer.Envelope.Element("manifest.schema")!.Value.TryGetProperty("columns", out var columns) ? columns
            : JsonElement.Parse("[]");
    }

    /// <inheritdoc/>
    public async Task<JsonPage?> NextAsync(CancellationToken ct)
    {
        var answer = _answer;
        _answer = null;
        // The first chunk comes with the statement, its members under "result"; the others are answers of their own.
        var prefix = answer is null ? "" : First;
        if (answer is null)
        {
            if (_next is null)
                return null;
            answer = await GetAsync(host + _next, Chunk, ct);
        }

        if (Link(answer, prefix) is { } link)
        {
            using (answer)
                return await FollowAsync(link, ct);
        }

        _next = answer.Envelope.Text(prefix + "next_chunk_internal_link");
        _delivered += answer.Envelope.Count(prefix + "data_array") ?? 0;
        return answer.Page(prefix + "data_array");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // https://docs.databricks.com/api/workspace/statementexecution/cancelexecution
        if (_running)
            await caller.TryOnceAsync(() => new HttpRequestMessage(HttpMethod.Post, _statement + "/cancel"));
        _answer?.Dispose();
        _answer = null;
    }

    private RestContract Chunk => new(answer => MissingRows(answer, "", Total!.Value, _delivered));

    private static string? MissingTotal(RestAnswer answer) =>
        answer.Envelope.Number("manifest.total_row_count") is { } total ? MissingRows(answer, First, total, 0)
            : "its 'manifest.total_row_count'";

    // The last chunk has no link to a next one, and then all rows are there; a result of no rows has no chunk.
    private static string? MissingRows(RestAnswer answer, string prefix, long total, long delivered)
    {
        var link = Link(answer, prefix);
        var rows = link is { } to ? Member(to, "row_count")?.GetInt64() : answer.Envelope.Count(prefix + "data_array");
        if (link is { } address && Member(address, "external_link") is null)
            return "its 'external_link'";
        if (link is null && rows is null && total > 0)
            return "its 'data_array' or 'external_links'";
        var last = link is { } here ? Member(here, "next_chunk_internal_link") is null
            : !answer.Envelope.Has(prefix + "next_chunk_internal_link");
        return last && rows is { } count && delivered + count != total ? "all of its rows or its 'next_chunk_internal_link'" : null;
    }

    private static JsonElement? Link(RestAnswer answer, string prefix) =>
        answer.Envelope.Element(prefix + "external_links") is { ValueKind: JsonValueKind.Array } links
            && links.GetArrayLength() > 0 ? links[0] : null;

    private async Task<JsonPage> FollowAsync(JsonElement link, CancellationToken ct)
    {
        RestAnswer rows;
        try
        {
            rows = await FetchAsync(link, ct);
        }
        catch (ProblemException error) when (error.Problem.Kind == ProblemKind.Transient)
        {
            var chunk = Member(link, "chunk_index")?.GetRawText() ?? "0";
            using var again = await GetAsync($"{_statement}/result/chunks/{chunk}", Chunk, ct);
            if (Link(again, "") is not { } fresh)
                throw;
            rows = await FetchAsync(fresh, ct);
        }

        _next = Member(link, "next_chunk_internal_link")?.GetString();
        _delivered += rows.Envelope.Count("") ?? 0;
        return rows.Page("");
    }

    // Storage holds the rows alone, as one array.
    private Task<RestAnswer> FetchAsync(JsonElement link, CancellationToken ct) => caller.SendAsync(
        () =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, Member(link, "external_link")!.Value.GetString());
            foreach (var header in Member(link, "http_headers")?.EnumerateObject() ?? default)
                request.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString());
            return request;
        },
        new RestContract(answer => answer.Envelope.Count("") is not { } rows ? "its rows" : Member(link, "row_count") is { } count
            && count.GetInt64() != rows ? $"{count.GetRawText()} rows, as announced" : null),
        ct, authorize: false);

    private Task<RestAnswer> GetAsync(string url, RestContract contract, CancellationToken ct) =>
        caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, url), contract, ct);

    private static JsonElement? Member(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
