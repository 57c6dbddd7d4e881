using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using PendoSimulator.Faults;

namespace PendoSimulator.Api;

/// <summary>The way of every Pendo call: log, body, faults, key, endpoint, faults again, answer.</summary>
internal sealed class CallPipeline(SimulatedPendo pendo, CancellationToken stopping)
{
    private const int DefaultWriteMilliseconds = 1000;

    private readonly RateLimit rateLimit = new(pendo.Time);
    private int served;

    public async Task RunAsync(HttpContext http, string endpoint, Func<ApiCall, long, Answer> handle)
    {
        var pending = pendo.Calls.Begin(endpoint, http.Request.Method, ApiCall.RawPath(http));
        var (status, records, bytes, fault) = (0, 0, 0L, default(string));
        try
        {
            using var body = await RequestBody.ReadAsync(http.Request, pendo.Options.MaxBodyBytes, http.RequestAborted);
            bytes = body.Length;
            var call = new ApiCall(http, endpoint, body.Memory);
            if (body.TooLarge)
            {
                http.Response.Headers.Connection = "close";
                status = await SendAsync(http,
                    Answer.Refused(pendo.Options.TooLargeStatus, "The body is too large.", pendo.Options.ErrorBodies));
                return;
            }
            await ServeAsync(call);
            var plan = pendo.Faults.Decide(call, pendo.Keys);
            fault = plan?.Names;
            status = plan is null
                ? await SendAsync(http, Handle(call, pending.Number, handle))
                : await RunFaultyAsync(call, pending.Number, handle, plan);
            records = call.Records;
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or BadHttpRequestException)
        {
            // The client went away, or the simulator stops. Returning quietly would send an empty 200, which means success.
            Reset(http);
        }
        finally
        {
            pendo.Calls.End(pending, status, records, bytes, fault);
        }
    }

    // A Pendo that takes its time, and more of it the more it has to do at once.
    private async Task ServeAsync(ApiCall call)
    {
        var options = pendo.Options;
        if (options.ServiceTime <= TimeSpan.Zero || call.Endpoint is not (Endpoints.ValueBulk or Endpoints.Track))
            return;
        var crowd = (double)Interlocked.Increment(ref served) / Math.Max(1, options.ServiceCalls);
        try
        {
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(call.Http.RequestAborted, stopping);
            var slower = options.ServiceCalls == 0 ? 1 : Math.Pow(Math.Max(1, crowd), 2);
            await Task.Delay(options.ServiceTime * slower, pendo.Time, wait.Token);
        }
        finally
        {
            Interlocked.Decrement(ref served);
        }
    }

    private async Task<int> RunFaultyAsync(ApiCall call, long number, Func<ApiCall, long, Answer> handle, FaultPlan plan)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(call.Http.RequestAborted, stopping);
        if (plan.Delay >= pendo.Options.CallTimeLimit)
        {
            await Task.Delay(pendo.Options.CallTimeLimit, pendo.Time, wait.Token);
            return await SendAsync(call.Http, Answer.Refused(408, "The call took too long.", pendo.Options.ErrorBodies));
        }
        if (plan.Delay > TimeSpan.Zero)
            await Task.Delay(plan.Delay, pendo.Time, wait.Token);
        foreach (var rule in plan.SchemaChanges)
            pendo.Change(rule.Schema);
        if (plan.ConcurrentWrite is { } other && Endpoints.SegmentWrites.Contains(call.Endpoint))
            pendo.Segments.Occupy(call.PathPart(1), TimeSpan.FromMilliseconds(other.Milliseconds ?? DefaultWriteMilliseconds));
        (call.Fates, call.ChangeRows) = (plan.Fates(), plan.ChangeRows());
        var answer = plan.SkipsCall ? Answer.Empty(200) : Handle(call, number, handle);
        if (plan.Deciding is { Action: FaultAction.Silence })
            await Task.Delay(plan.Silence, pendo.Time, wait.Token);
        switch (plan.Deciding)
        {
            case { Action: FaultAction.Reset or FaultAction.Silence }:
                Reset(call.Http);
                return 0;
            case { Action: FaultAction.Truncate, Cut: true } rule:
                return await CutAsync(call.Http, answer, FaultPlan.Kept(rule, answer));
            case { Action: FaultAction.Drip } rule:
                return await DripAsync(call.Http, answer, rule, wait.Token);
            default:
                return await SendAsync(call.Http, plan.Change(answer, pendo.Time));
        }
    }

    private Answer Handle(ApiCall call, long number, Func<ApiCall, long, Answer> handle)
    {
        var options = pendo.Options;
        if (options.RateLimitPerSecond > 0 && !rateLimit.Allows(call.Endpoint, options.RateLimitPerSecond))
            return Answer.Refused(429, "Too many calls.", options.ErrorBodies) with { RetryAfter = options.RateLimitRetryAfter };
        if (call.Endpoint == Endpoints.Track)
            return handle(call, number);
        // A missing, bad or revoked key gets 403 with an empty body (W6W, live probe).
        return pendo.Keys.WriteAccess(call.Key) switch
        {
            null => Answer.Empty(403),
            false when call.IsWrite && (options.AggregationNeedsWriteAccess || call.Endpoint != Endpoints.Aggregation) =>
                Answer.Empty(options.ReadOnlyKeyStatus),
            _ => handle(call, number),
        };
    }

    private static async Task<int> SendAsync(HttpContext http, Answer answer)
    {
        Start(http, answer);
        if (answer.Body.Length > 0)
            await http.Response.Body.WriteAsync(answer.Body, http.RequestAborted);
        return answer.Status;
    }

    private static async Task<int> CutAsync(HttpContext http, Answer answer, int kept)
    {
        Start(http, answer);
        await http.Response.Body.WriteAsync(answer.Body.AsMemory(0, kept), http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        http.Abort();
        return answer.Status;
    }

    private async Task<int> DripAsync(HttpContext http, Answer answer, FaultRule rule, CancellationToken ct)
    {
        Start(http, answer);
        var step = Math.Max(1, rule.Bytes ?? 1);
        for (var sent = 0; sent < answer.Body.Length; sent += step)
        {
            await http.Response.Body.WriteAsync(answer.Body.AsMemory(sent, Math.Min(step, answer.Body.Length - sent)), ct);
            await http.Response.Body.FlushAsync(ct);
            await Task.Delay(TimeSpan.FromMilliseconds(rule.Milliseconds ?? 100), pendo.Time, ct);
        }
        return answer.Status;
    }

    private static void Start(HttpContext http, Answer answer)
    {
        http.Response.StatusCode = answer.Status;
        http.Response.ContentLength = answer.Body.Length;
        if (answer.ContentType is not null)
            http.Response.ContentType = answer.ContentType;
        if (answer.RetryAfter is not null)
            http.Response.Headers.RetryAfter = answer.RetryAfter;
    }

    /// <summary>Without lingering the socket closes with RST, as when a load balancer drops a connection.</summary>
    private static void Reset(HttpContext http)
    {
        try
        {
            if (http.Features.Get<IConnectionSocketFeature>() is { Socket: var socket })
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The client was first.
        }
        http.Abort();
    }
}
