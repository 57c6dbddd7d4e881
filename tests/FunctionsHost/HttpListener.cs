using System.Net.Sockets;
using FunctionsHost.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace FunctionsHost;

/// <summary>
/// Passes a request on to the worker's own web server and calls the function at the same time, the two joined by the invocation's id:
/// what the host does for apps with ASP.NET Core integration.
/// </summary>
internal sealed class HttpListener(AppHost host, TriggeredFunction function, HostSettings settings) : IDisposable
{
    private readonly TemplateMatcher _route = new(
        TemplateParser.Parse($"{settings.HostJson["extensions:http:routePrefix"] ?? "api"}/"
            + (function.Text("route") is { Length: > 0 } route ? route : function.Name)), []);
    private readonly HashSet<string> _methods = function.Binding.TryGetProperty("methods", out var methods)
        ? methods.EnumerateArray().Select(m => m.GetString()!).ToHashSet(StringComparer.OrdinalIgnoreCase) : [];
    private readonly HttpMessageInvoker _worker = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectCallback = ConnectAsync,
    });

    /// <summary>Whether the function takes such a request.</summary>
    public bool Takes(HttpRequest request) =>
        (_methods.Count == 0 || _methods.Contains(request.Method)) && _route.TryMatch(request.Path, []);

    public async Task HandleAsync(HttpContext context)
    {
        if (!string.Equals(function.Text("authLevel"), "anonymous", StringComparison.OrdinalIgnoreCase))
        {
            // No keys of the host's own: nobody has one.
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(host.Options.RequestTimeout);
        var invocationId = Guid.NewGuid().ToString();
        using var passed = Passed(context.Request, await host.HttpUriAsync(), invocationId);
        // The request first, as the host does: the worker waits for each of the two only for some seconds.
        var answering = _worker.SendAsync(passed, limit.Token);
        var invocation = host.InvokeAsync(function, new TypedData { Http = new RpcHttp() }, limit.Token, invocationId);
        try
        {
            using var answer = await answering;
            await AnswerAsync(context.Response, answer, limit.Token);
            await invocation;
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or FunctionFailedException)
        {
            host.Log(new LogLine(LogLevel.Error, "Host", $"{context.Request.Method} {context.Request.Path} failed", e.ToString()));
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = e is OperationCanceledException
                    ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status500InternalServerError;
            }
        }
    }

    public void Dispose() => _worker.Dispose();

    // A worker answers the host a little before its web server listens; the host tries again too.
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        while (true)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, ct);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                socket.Dispose();
                await Task.Delay(TimeSpan.FromMilliseconds(50), ct);
            }
        }
    }

    private static HttpRequestMessage Passed(HttpRequest request, Uri worker, string invocationId)
    {
        var address = new Uri(worker, request.Path.ToUriComponent() + request.QueryString);
        var passed = new HttpRequestMessage(new HttpMethod(request.Method), address);
        if (request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0)
            passed.Content = new StreamContent(request.Body);
        foreach (var (name, values) in request.Headers)
        {
            if (!IsOfTheConnection(name) && !passed.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                passed.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }

        passed.Headers.Add("x-ms-invocation-id", invocationId);
        return passed;
    }

    private static async Task AnswerAsync(HttpResponse response, HttpResponseMessage answer, CancellationToken ct)
    {
        response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(h => !IsOfTheConnection(h.Key)))
            response.Headers[name] = values.ToArray();
        await answer.Content.CopyToAsync(response.Body, ct);
    }

    private static bool IsOfTheConnection(string header) =>
        header.ToUpperInvariant() is "CONNECTION" or "KEEP-ALIVE" or "TRANSFER-ENCODING" or "UPGRADE" or "TE" or "TRAILER" or "EXPECT";
}
