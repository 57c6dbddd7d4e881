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
internal sealed class DatabricksPages(RestCaller caller, DatabricksRules rules, TimeProvider clock, string host, RestAnswer submitted) : IPageSource
{
    /// <summary>Path of all statements.</summary>
    public const string Path = "/api/2.0/sql/statements";

    private RestAnswer? _answer = submitted;
    private string _statement = "";
    private string? _next;
    private bool _running;

    /// <summary>Waits for the end of the statement, however long its warehouse takes to start; its columns.</summary>
    public async Task<JsonElement> WaitAsync(CancellationToken ct)
    {
        _statement = host + Path + "/" + Uri.EscapeDataString(_answer!.Envelope.Text("statement_id") ?? throw caller.Lacks("statement_id"));
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
            _answer = await GetAsync(_statement, ct);
        }

        _running = false;
        if (_answer.Envelope.Text("manifest.truncated") == "true")
            throw new ProblemException(ProblemKind.Configuration, "Databricks cut the result short", rules.Place, "Set disposition: external_links.");
        return _answer.Envelope.Element("manifest.schema")?.GetProperty("columns") ?? throw caller.Lacks("manifest");
    }

    /// <inheritdoc/>
    public async Task<JsonPage?> NextAsync(CancellationToken ct)
    {
        var answer = _answer;
        _answer = null;
        // The first chunk comes with the statement, its members under "result"; the others are answers of their own.
        var prefix = answer is null ? "" : "result.";
        if (answer is null)
        {
            if (_next is null)
                return null;
            answer = await GetAsync(host + _next, ct);
        }

        if (answer.Envelope.Element(prefix + "external_links") is { ValueKind: JsonValueKind.Array } links && links.GetArrayLength() > 0)
        {
            using (answer)
                return await FollowAsync(links[0], ct);
        }

        _next = answer.Envelope.Text(prefix + "next_chunk_internal_link");
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

    private async Task<JsonPage> FollowAsync(JsonElement link, CancellationToken ct)
    {
        _next = Member(link, "next_chunk_internal_link")?.GetString();
        RestAnswer rows;
        try
        {
            rows = await FetchAsync(link, ct);
        }
        catch (ProblemException error) when (error.Problem.Kind == ProblemKind.Transient)
        {
            var chunk = Member(link, "chunk_index")?.GetRawText() ?? "0";
            using var again = await GetAsync($"{_statement}/result/chunks/{chunk}", ct);
            rows = again.Envelope.Element("external_links") is { ValueKind: JsonValueKind.Array } fresh && fresh.GetArrayLength() > 0
                ? await FetchAsync(fresh[0], ct)
                : throw caller.Lacks("external_links");
        }

        return new JsonPage(rows.Body, rows.Body.Span.IndexOf((byte)'['));
    }

    private Task<RestAnswer> FetchAsync(JsonElement link, CancellationToken ct) => caller.SendAsync(
        () =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, Member(link, "external_link")?.GetString() ?? throw caller.Lacks("external_link"));
            foreach (var header in Member(link, "http_headers")?.EnumerateObject() ?? default)
                request.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString());
            return request;
        }, ct, authorize: false);

    private Task<RestAnswer> GetAsync(string url, CancellationToken ct) => caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, url), ct);

    private static JsonElement? Member(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
