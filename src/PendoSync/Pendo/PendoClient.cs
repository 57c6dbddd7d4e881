using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using PendoSync.Definitions;

namespace PendoSync.Pendo;

/// <summary>
/// Typed calls to one Pendo connection. Reads are tried again with patience; writes are neither retried nor paced: callers do. Safe for
/// many callers at once.
/// </summary>
/// <remarks>Contract: docs/pendo.md. The integration key and the track event shared secrets travel in the same header, to
/// different hosts.</remarks>
public sealed partial class PendoClient(PendoConnection connection, ISecretStore secrets, HttpMessageInvoker http,
    TimeProvider? clock = null, PendoPatience? patience = null)
{
    /// <summary>Longest wait for a bulk call; Pendo's own limit is 300 s.</summary>
    public static readonly TimeSpan BulkTimeout = TimeSpan.FromSeconds(330);

    /// <summary>
    /// A value whose call was not answered may be applied until so long after the call began: Pendo works for 300 s, and clocks differ.
    /// </summary>
    public static readonly TimeSpan AppliedLate = TimeSpan.FromSeconds(330);

    /// <summary>Longest wait for any other call.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    // Ten thousand rejected records with a text each fit, and schemas of many thousand fields; other answers are short, or only their
    // beginning is shown.
    private const int MaxBody = 16 * 1024 * 1024;
    private const int MaxShortBody = 64 * 1024;
    private const string KeyHeader = "x-pendo-integration-key";
    private readonly Uri _track = new(connection.DataUrl, "/data/track");

    /// <summary>The connection it serves.</summary>
    public PendoConnection Connection { get; } = connection;

    /// <summary>Its open calls with values and events; whoever writes takes a slot first.</summary>
    public CallSlots Slots { get; } = new(connection.MaxParallelCalls, clock ?? TimeProvider.System);

    /// <summary>The same, with reads that fail within seconds: for somebody who waits.</summary>
    public PendoClient Hasty => new(Connection, secrets, http, clock, PendoPatience.Short);

    /// <summary>The same, with reads that are not tried again: for what may be missing.</summary>
    public PendoClient Once => new(Connection, secrets, http, clock, PendoPatience.None);

    /// <summary>visitor, account or parentAccount.</summary>
    public static string KindOf(PendoObject target) => target switch
    {
        PendoObject.Account => "account",
        PendoObject.ParentAccount => "parentAccount",
        _ => "visitor",
    };

    /// <summary>What Pendo calls the id of a kind; that of parent accounts is not documented, so the connection says it.</summary>
    public static string IdNameOf(PendoObject target, PendoConnection connection) =>
        target == PendoObject.ParentAccount ? connection.ParentAccountId : KindOf(target) + "Id";

    /// <summary>Bulk set: <c>POST /api/v1/metadata/{kind}/{group}/value[?create=true]</c>.</summary>
    public Task<PendoAnswer> PostValuesAsync(PendoObject target, string group, bool create, RecordsContent records,
        TimeSpan timeout, CancellationToken ct)
    {
        var uri = new Uri(Connection.ApiUrl, $"/api/v1/metadata/{KindOf(target)}/{group}/value{(create ? "?create=true" : "")}");
        return Slots.CallAsync(isSingle: false, records.Count, () => SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, uri) { Content = records.Again() }, Connection.IntegrationKey, timeout, ct));
    }

    /// <summary>One track event: <c>POST /data/track</c> with the application's secret.</summary>
    public Task<PendoAnswer> PostTrackAsync(string app, ReadOnlyMemory<byte> payload, CancellationToken ct) =>
        Slots.CallAsync(isSingle: true, 1, () => SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, _track) { Content = JsonContent(payload) }, TrackSecret(app), CallTimeout, ct));

    /// <summary>Makes fields: <c>POST /api/v1/metadata/schema/{kind}/{group}</c>.</summary>
    public async Task CreateFieldsAsync(PendoObject target, string group, IReadOnlyList<NewField> fields, CancellationToken ct)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(fields.Select(f => new { name = f.Name, displayname = f.Name, type = f.Type }));
        var uri = new Uri(Connection.ApiUrl, $"/api/v1/metadata/schema/{KindOf(target)}/{group}");
        var answer = await SendAsync(() => new HttpRequestMessage(HttpMethod.Post, uri) { Content = JsonContent(body) },
            Connection.IntegrationKey, CallTimeout, ct);
        if (!answer.IsSuccess)
            throw Problem(answer, "create the fields " + string.Join(", ", fields.Select(f => f.Name)));
    }

    /// <summary>One flag of one id: <c>PUT /api/v1/metadata/{kind}/pendo/value/{id}/{flag}</c>. Neither paced nor tried again.</summary>
    public Task<PendoAnswer> PutFlagAsync(PendoObject target, string id, string flag, bool value, CancellationToken ct)
    {
        // A path drops them, whatever they are written as.
        if (id is "." or "..")
            return Task.FromResult(new PendoAnswer(400, "the id cannot be addressed"u8.ToArray(), null));
        var uri = new Uri(Connection.ApiUrl, $"/api/v1/metadata/{KindOf(target)}/pendo/value/{Uri.EscapeDataString(id)}/{flag}");
        return Slots.CallAsync(isSingle: true, 1, () => SendAsync(() => new HttpRequestMessage(HttpMethod.Put, uri)
        {
            Content = JsonContent(value ? "true"u8.ToArray() : "false"u8.ToArray())
        }, Connection.IntegrationKey, CallTimeout, ct));
    }

    /// <summary>A page of an aggregation: <c>POST /api/v1/aggregation</c>. Neither paced nor tried again.</summary>
    public Task<PendoAnswer> PostAggregationAsync(byte[] body, CancellationToken ct)
    {
        var uri = new Uri(Connection.ApiUrl, "/api/v1/aggregation");
        return SendAsync(() => new HttpRequestMessage(HttpMethod.Post, uri) { Content = JsonContent(body) },
            Connection.IntegrationKey, BulkTimeout, ct);
    }

    /// <summary>A failed call as a problem with its fix.</summary>
    public ProblemException Problem(PendoAnswer answer, string what) => answer switch
    {
        { Fault: CallFault.NotSent, Fix: null } when Connection.ApiUrl.IsLoopback =>
            new ProblemException(ProblemKind.Connection, $"could not {what}: {answer.Detail}", Place,
            $"Nothing answers on {Connection.ApiUrl.Authority} of this machine: start `pendosync simulate "
            + $"--port {Connection.ApiUrl.Port}` first and leave it running in another window, or correct api_url and data_url."),
        { Fault: not CallFault.None } => new ProblemException(ProblemKind.Connection, $"could not {what}: {answer.Detail}", Place,
            answer.Fix ?? $"Check api_url and data_url ({Connection.ApiUrl.Host}), and the way from here to there."),
        { IsPage: true } =>
            new ProblemException(ProblemKind.Configuration, $"could not {what}: {PendoAnswers.Page}", Place,
            $"Check region and api_url ({Connection.ApiUrl}), and the proxies on the way there."),
        { Status: >= 300 and < 400 } =>
            new ProblemException(ProblemKind.Configuration, $"could not {what}: Pendo sends elsewhere (HTTP {answer.Status})", Place,
            $"Check region and api_url ({Connection.ApiUrl})."),
        { IsKeyRefused: true } =>
            new ProblemException(ProblemKind.Configuration, $"could not {what}: Pendo refused the key (HTTP {answer.Status})", Place,
            $"Check that {Connection.IntegrationKey.Template} holds an integration key of region {Connection.Region} with write access "
            + "(Pendo: Settings > Integrations > Integration Keys)."),
        { Status: 404 } =>
            new ProblemException(ProblemKind.Configuration, $"could not {what}: Pendo does not know this address (HTTP 404)", Place,
            $"Check region and api_url ({Connection.ApiUrl})."),
        { Status: 429 } =>
            new ProblemException(ProblemKind.Throttled, $"could not {what}: Pendo asks for fewer calls", Place,
            "Try again later, or lower max_calls_per_second."),
        _ when HttpStatus.MayPass(answer.Status) =>
            new ProblemException(ProblemKind.Transient, $"could not {what}: {PendoAnswers.Describe(answer)}", Place, "Try again later."),
        _ => new ProblemException(ProblemKind.Configuration, $"could not {what}: {PendoAnswers.Describe(answer)}", Place,
            "Check the connection's settings."),
    };

    private string Place => $"pendo connection '{Connection.Name}'";

    private SecretText TrackSecret(string app) => Connection.TrackEventSecrets.TryGetValue(app, out var secret)
        ? secret
        : throw new ProblemException(ProblemKind.Configuration, $"there is no track event secret for app '{app}'", Place,
            $"Add track_event_secrets: {{ {app}: \"${{secret:…}}\" }} to the connection (Pendo: Settings > "
            + "Subscription Settings > Applications).");

    // A refused key may have been rotated a moment ago: the secret is read afresh once.
    private async Task<PendoAnswer> SendAsync(Func<HttpRequestMessage> request, SecretText secret, TimeSpan timeout, CancellationToken ct)
    {
        for (var refresh = false; ; refresh = true)
        {
            var answer = await SendOnceAsync(request(), await secret.ResolveForHeaderAsync(secrets, refresh, ct), timeout, ct);
            if (!answer.IsKeyRefused || refresh)
                return answer;
        }
    }

    // One method: each layer more would cost every event a state machine of its own.
    private async Task<PendoAnswer> SendOnceAsync(HttpRequestMessage request, string key, TimeSpan timeout, CancellationToken ct)
    {
        using var sent = request;
        request.Headers.TryAddWithoutValidation(KeyHeader, key);
        using var span = Telemetry.HasListeners
            ? Telemetry.StartCall(request.Method.Method, request.RequestUri!.Host, RouteOf(request.RequestUri.AbsolutePath)) : null;
        using var timer = new CancellationTokenSource(timeout, clock ?? TimeProvider.System);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        PendoAnswer answer;
        try
        {
            using var response = await http.SendAsync(request, limit.Token);
            // What answers an event or a flag says next to nothing, and many such calls are open at once.
            var single = request.RequestUri == _track || request.Method == HttpMethod.Put;
            var most = response.IsSuccessStatusCode && !single ? MaxBody : MaxShortBody;
            var body = response.Content.Headers.ContentLength == 0 ? [] : await ReadBodyAsync(response, most, limit.Token);
            answer = new PendoAnswer((int)response.StatusCode, body.Length < key.Length ? body : Without(key, body),
                RetryAfter(response.Headers));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            answer = new PendoAnswer(0, [], null, CallFault.Ambiguous, $"no answer within {timeout.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or InvalidDataException)
        {
            var known = Outbound.Explain(e, request.RequestUri);
            answer = new PendoAnswer(0, [], null, WasNotSent(e) ? CallFault.NotSent : CallFault.Ambiguous, known?.Message
                ?? Describe(e))
            { Fix = known?.Fix };
        }

        Telemetry.EndCall(span, answer.Status, answer.Fault.ToString());
        return answer;
    }

    // A proxy's page may show the headers it was sent, and the beginning of a body goes into reasons (promise 11).
    private static byte[] Without(string key, byte[] body)
    {
        var secret = Encoding.UTF8.GetBytes(key);
        return secret.Length == 0 || body.AsSpan().IndexOf(secret) < 0
            ? body : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body).Replace(key, "***", StringComparison.Ordinal));
    }

    // A span never holds the id of a person.
    private static string RouteOf(string path) => path.Split('/') switch
    {
        ["", "api", "v1", var kind and ("visitor" or "account"), _] => $"/api/v1/{kind}/{{id}}",
        ["", "api", "v1", "metadata", var kind, var group, "value", _, var field] =>
            $"/api/v1/metadata/{kind}/{group}/value/{{id}}/{field}",
        _ => path,
    };

    private static bool WasNotSent(Exception e) => e is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
    };

    private static string Describe(Exception e) => e is HttpRequestException http && http.HttpRequestError != HttpRequestError.Unknown
        ? $"{http.HttpRequestError switch
        {
            HttpRequestError.ConnectionError => "the connection was refused or timed out",
            HttpRequestError.NameResolutionError => "the host name is not known",
            HttpRequestError.SecureConnectionError => "no secure connection could be made",
            HttpRequestError.ResponseEnded => "the connection was closed before the answer was complete",
            _ => "the connection failed",
        }}"
        : "the connection broke";

    private static async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, int most, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        using var body = await PooledBytes.ReadAsync(stream, ct, most);
        return body.Span.ToArray();
    }

    // Two instants of one clock say how long; ours is only asked when Pendo does not tell its own.
    private TimeSpan? RetryAfter(HttpResponseHeaders headers) => headers.RetryAfter is not { } header ? null
        : header.Delta ?? (header.Date - (headers.Date ?? (clock ?? TimeProvider.System).GetUtcNow()));

    private static ReadOnlyMemoryContent JsonContent(ReadOnlyMemory<byte> body)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }
}
