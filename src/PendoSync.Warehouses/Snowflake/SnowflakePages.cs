using System.Net;
using System.Text.Json;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.Snowflake;

/// <summary>
/// One statement by its handle: polled while the answer is 202, then partition 0 comes with the description of all, the others by number.
/// https://docs.snowflake.com/en/developer-guide/sql-api/handling-responses
/// </summary>
/// <param name="caller">Calls Snowflake.</param>
/// <param name="clock">Time of the pauses between polls.</param>
/// <param name="url">The statement's own address.</param>
internal sealed class SnowflakePages(RestCaller caller, TimeProvider clock, string url) : IPageSource
{
    // 202: the statement still runs. https://docs.snowflake.com/en/developer-guide/sql-api/reference#get-api-v2-statements-statementhandle
    private static readonly RestContract Statement = new(
        answer => answer.Status == HttpStatusCode.Accepted ? RestContract.Missing(answer, "statementHandle") : Missing(answer),
            HttpStatusCode.OK, HttpStatusCode.Accepted);

    private RestAnswer? _first;
    private long?[] _partitions = [];
    private int _next;
    private bool _running = true;

    /// <inheritdoc/>
    public long? Total { get; private set; }

    /// <summary>Waits for the end of the statement; its columns.</summary>
    public async Task<IReadOnlyList<JsonColumn>> WaitAsync(CancellationToken ct)
    {
        _first = await EndAsync(ct);
        Total = _first.Envelope.Number("resultSetMetaData.numRows");
        _partitions = Partitions(_first);
        return [.. _first.Envelope.Element("resultSetMetaData.rowType")!.Value.EnumerateArray().Select(SnowflakeColumns.Of)];
    }

    /// <inheritdoc/>
    public async Task<JsonPage?> NextAsync(CancellationToken ct)
    {
        if (_next >= _partitions.Length)
            return null;
        // A partition answers 200 alone; a 202 there means "not yet" and is asked again.
        var contract = new RestContract(answer => MissingRows(answer, _partitions[_next]));
        var answer = _next == 0 ? _first!
            : await caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, $"{url}?partition={_next}"), contract, ct);
        _first = null;
        _next++;
        return answer.Page("data");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_running)
            await caller.TryOnceAsync(() => new HttpRequestMessage(HttpMethod.Post, url + "/cancel"));
        _first?.Dispose();
        _first = null;
    }

    private static string? Missing(RestAnswer answer) =>
        RestContract.Missing(answer, "resultSetMetaData.rowType", "resultSetMetaData.numRows")
            ?? MissingRows(answer, Partitions(answer)[0]);

    private static string? MissingRows(RestAnswer answer, long? announced) =>
        answer.Envelope.Count("data") is not { } rows ? "its 'data'"
        : rows != (announced ?? rows) ? $"{announced} rows, as announced"
        : null;

    // The rows of each partition, as the first answer announces them; one partition when it does not.
    private static long?[] Partitions(RestAnswer answer) =>
        answer.Envelope.Element("resultSetMetaData.partitionInfo") is { ValueKind: JsonValueKind.Array } all && all.GetArrayLength() > 0
        ? [.. all.EnumerateArray().Select(p => p.TryGetProperty("rowCount", out var count) && count.TryGetInt64(out var rows)
            ? rows : (long?)null)]
        : [answer.Envelope.Number("resultSetMetaData.numRows")];

    private async Task<RestAnswer> EndAsync(CancellationToken ct)
    {
        for (var polls = 0; ; polls++)
        {
            try
            {
                var answer = await caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, url), Statement, ct);
                if (answer.Status == HttpStatusCode.OK)
                {
                    _running = false;
                    return answer;
                }

                answer.Dispose();
            }
            catch (ProblemException error) when (error.Problem.Kind == ProblemKind.Configuration)
            {
                // The statement itself failed: there is nothing left to cancel.
                _running = false;
                throw;
            }

            await Task.Delay(RestSupport.PollPause(polls), clock, ct);
        }
    }
}
