using System.Net;
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
    private RestAnswer? _first;
    private int _partitions;
    private int _next;
    private bool _running = true;

    /// <summary>Waits for the end of the statement; its columns.</summary>
    public async Task<IReadOnlyList<JsonColumn>> WaitAsync(CancellationToken ct)
    {
        _first = await EndAsync(ct);
        var meta = _first.Envelope.Element("resultSetMetaData.rowType") ?? throw caller.Lacks("rowType");
        _partitions = _first.Envelope.Element("resultSetMetaData.partitionInfo")?.GetArrayLength() ?? 1;
        return [.. meta.EnumerateArray().Select(SnowflakeColumns.Of)];
    }

    /// <inheritdoc/>
    public async Task<JsonPage?> NextAsync(CancellationToken ct)
    {
        if (_next >= _partitions)
            return null;
        var answer = _next == 0 ? _first! : await caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, $"{url}?partition={_next}"), ct);
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

    private async Task<RestAnswer> EndAsync(CancellationToken ct)
    {
        for (var polls = 0; ; polls++)
        {
            try
            {
                var answer = await caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, url), ct);
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
