using System.Text.Json;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.BigQuery;

/// <summary>
/// The pages of one query job: the first came with jobs.query if the job was quick, the others by page token.
/// https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults
/// </summary>
/// <param name="caller">Calls BigQuery.</param>
/// <param name="clock">Time of the pauses between polls.</param>
/// <param name="projectUrl">Address of the project.</param>
/// <param name="first">The answer to jobs.query; owned.</param>
internal sealed class BigQueryPages(RestCaller caller, TimeProvider clock, string projectUrl, RestAnswer first) : IPageSource
{
    /// <summary>Most rows a page; BigQuery sends fewer when they are large.</summary>
    public const int RowsPerPage = 20_000;

    /// <summary>How long BigQuery holds a call back while the job runs.</summary>
    public const int WaitMilliseconds = 10_000;

    private RestAnswer? _answer = first;
    private long _delivered;
    private string? _job;
    private string _location = "";
    private string? _token;
    private bool _running = true;

    /// <inheritdoc/>
    public long? Total { get; private set; }

    /// <summary>
    /// What jobs.query answers, and jobs.getQueryResults as long as no page was delivered: a running job, or the first page with the
    /// schema.
    /// </summary>
    public static RestContract FirstPage { get; } = new(answer => RestContract.Missing(answer, "jobComplete", "jobReference")
        ?? (answer.Envelope.Text("jobComplete") == "true" ? RestContract.Missing(answer, "schema") ?? MissingRows(answer, 0) : null));

    /// <summary>Waits for the end of the job; its columns.</summary>
    public async Task<JsonElement> WaitAsync(CancellationToken ct)
    {
        _job = _answer!.Envelope.Text("jobReference.jobId");
        _location = _answer.Envelope.Text("jobReference.location") is { } location ? "&location=" + Uri.EscapeDataString(location) : "";
        for (var polls = 0; _answer.Envelope.Text("jobComplete") != "true"; polls++)
        {
            if (polls > 0)
                await Task.Delay(RestSupport.PollPause(polls), clock, ct);
            _answer.Dispose();
            _answer = null;
            try
            {
                _answer = await ResultsAsync("", FirstPage, ct);
            }
            catch (ProblemException error) when (error.Problem.Kind == ProblemKind.Configuration)
            {
                // The job itself failed: there is nothing left to cancel.
                _running = false;
                throw;
            }
        }

        _running = false;
        Total = _answer.Envelope.Number("totalRows");
        return _answer.Envelope.Element("schema.fields") ?? JsonElement.Parse("[]");
    }

    /// <inheritdoc/>
    public async Task<JsonPage?> NextAsync(CancellationToken ct)
    {
        var answer = _answer;
        _answer = null;
        if (answer is null)
        {
            if (_token is null)
                return null;
            var contract = new RestContract(a => RestContract.Missing(a, "jobComplete") ?? MissingRows(a, _delivered));
            answer = await ResultsAsync("&pageToken=" + Uri.EscapeDataString(_token), contract, ct);
        }

        _token = answer.Envelope.Text("pageToken");
        _delivered += answer.Envelope.Count("rows") ?? 0;
        return answer.Page("rows");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/cancel
        if (_running && _job is not null)
            await caller.TryOnceAsync(() =>
                new HttpRequestMessage(HttpMethod.Post,
                $"{projectUrl}/jobs/{Uri.EscapeDataString(_job)}/cancel?{_location.TrimStart('&')}"));
        _answer?.Dispose();
        _answer = null;
    }

    // A page without rows has no 'rows'; one without 'pageToken' is the last, and then all rows are there.
    private static string? MissingRows(RestAnswer answer, long delivered) =>
        answer.Envelope.Number("totalRows") is not { } total ? "its 'totalRows'"
        : answer.Envelope.Has("rows") && answer.Envelope.Count("rows") is null ? "its 'rows'"
        : !answer.Envelope.Has("pageToken") && delivered + (answer.Envelope.Count("rows") ?? 0) != total
            ? "all of its rows or its 'pageToken'"
        : null;

    private Task<RestAnswer> ResultsAsync(string more, RestContract contract, CancellationToken ct) => caller.SendAsync(
        () => new HttpRequestMessage(HttpMethod.Get, $"{projectUrl}/queries/{Uri.EscapeDataString(_job!)}"
            + $"?maxResults={RowsPerPage}&timeoutMs={WaitMilliseconds}&formatOptions.useInt64Timestamp=true{_location}{more}"), contract,
                ct);
}

/// <summary>A row is <c>{"f":[{"v":cell},…]}</c>.</summary>
internal sealed class BigQueryRow : IRowShape
{
    /// <inheritdoc/>
    public void Locate(ref Utf8JsonReader reader, int offset, Span<JsonCell> cells)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("a row is not an object");
        var count = -1;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isCells = reader.ValueTextEquals("f"u8);
            reader.Read();
            if (!isCells || reader.TokenType != JsonTokenType.StartArray)
            {
                reader.Skip();
                continue;
            }

            for (count = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
            {
                var cell = Value(ref reader, offset);
                if (count < cells.Length)
                    cells[count] = cell;
            }
        }

        if (count != cells.Length)
            throw new JsonException("a row has not as many cells as there are columns");
    }

    /// <summary>The member <c>v</c> of the object the reader stands on, which it passes over.</summary>
    public static JsonCell Value(ref Utf8JsonReader reader, int offset)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("a cell is not an object");
        JsonCell? cell = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isValue = reader.ValueTextEquals("v"u8);
            reader.Read();
            if (isValue)
                cell = JsonCell.Take(ref reader, offset);
            else
                reader.Skip();
        }

        return cell ?? throw new JsonException("a cell has no value, not even null");
    }
}
