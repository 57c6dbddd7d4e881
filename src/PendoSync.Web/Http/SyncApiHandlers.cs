using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PendoSync.Engine;
using PendoSync.Operations;
using PendoSync.Web.Page;

namespace PendoSync.Web.Http;

/// <summary>
/// The HTTP API and the status page; the Functions app and <c>pendosync serve</c> both call <see cref="HandleAsync"/> for everything below
/// /api.
/// </summary>
public sealed class SyncApiHandlers
{
    private readonly IReadOnlyList<ApiRoute> _routes;
    private readonly ApiAccess _access;
    private readonly ILogger _log;

    /// <summary>Handlers for one project.</summary>
    /// <param name="engine">Its engine.</param>
    /// <param name="options">The key, and how long the page remembers it.</param>
    /// <param name="log">Takes what went wrong inside.</param>
    public SyncApiHandlers(SyncEngine engine, ApiOptions options, ILogger? log = null)
    {
        _log = log ?? NullLogger.Instance;
        _access = new ApiAccess(options, new WrongKeys(options.Clock, _log));
        var service = new SyncService(engine);
        _routes = [.. ApiRoutes.Of(service, engine.State), .. new StatusPages(engine, service, _access, options.Clock).Routes];
    }

    /// <summary>Answers a request whose path begins with /api. Never throws, unless the caller went away.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var isPage = false;
        try
        {
            SecurityHeaders.Add(context.Response.Headers);
            LimitBody(context);
            RefuseForeignHost(context.Request);
            var (route, values) = Find(context.Request);
            isPage = route.IsPage;
            var session = await _access.SessionAsync(context);
            if (route.Access == RouteAccess.Key && session.Shown == Shown.Nothing)
                throw new ApiException(401, "the key is missing or wrong", ApiAccess.KeyHeader,
                    $"Send the key in the header {ApiAccess.KeyHeader}.");
            await CrossSite.CheckAsync(context, session, isPage);
            await route.Handle(new ApiRequest(context, values, session));
        }
        catch (ApiException e)
        {
            if (e.Cause is { } cause)
                Log.RequestNotServed(_log, context.Request.Method, context.Request.Path, cause);
            await RefuseAsync(context, e, isPage);
        }
        catch (ProblemException e)
        {
            var problem = ApiProblem.Of(e.Problem);
            if (problem.Status >= StatusCodes.Status500InternalServerError)
                Log.RequestNotServed(_log, context.Request.Method, context.Request.Path, e.Problem);
            await FailAsync(context, problem, isPage);
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, e.StatusCode == StatusCodes.Status413PayloadTooLarge ? ApiRequest.TooLarge()
                : new ApiException(e.StatusCode, "the request cannot be read"), isPage);
        }
        catch (Exception e) when (e is not OperationCanceledException || !context.RequestAborted.IsCancellationRequested)
        {
            Log.RequestFailed(_log, context.Request.Method, context.Request.Path, e);
            await FailAsync(context,
                ApiProblem.Of(new Problem(ProblemKind.Internal, "something went wrong inside", null,
                "Look into the log, and report it with what it says.")), isPage);
        }
    }

    private static void LimitBody(HttpContext context)
    {
        if (context.Request.ContentLength > ApiRequest.MaxBody)
            throw ApiRequest.TooLarge();
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = ApiRequest.MaxBody + 1;
    }

    // A name that is not loopback reaches a loopback address only by a trick with DNS (rebinding).
    private void RefuseForeignHost(HttpRequest request)
    {
        if (!_access.NeedsKey && !ApiAccess.IsLoopback(request.Host.Host))
            throw new ApiException(421, $"this server answers to loopback names only, not to '{request.Host.Host}'", "Host",
                "Call it as localhost, or start it with a key.");
    }

    private (ApiRoute Route, IReadOnlyDictionary<string, string> Values) Find(HttpRequest request)
    {
        var segments = (request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1).ToArray();
        var method = HttpMethods.IsHead(request.Method) ? HttpMethods.Get : request.Method;
        var found = _routes.Where(r => r.Matches(segments, out _)).ToList();
        if (found.Count == 0)
            throw new ApiException(404, "there is nothing at this address", request.Path, "GET /api/openapi.json lists every operation.");
        var route = found.Find(r => string.Equals(r.Method, method, StringComparison.OrdinalIgnoreCase))
            ?? throw new ApiException(405, $"{request.Method} is not possible here", request.Path,
                null)
            { Allow = string.Join(", ", found.Select(r => r.Method).Distinct()) };
        _ = route.Matches(segments, out var values);
        return (route, values);
    }

    private static Task RefuseAsync(HttpContext context, ApiException e, bool isPage)
    {
        if (e.Allow is not null)
            context.Response.Headers.Allow = e.Allow;
        // RFC 9110 demands a challenge; there is no registered scheme for a key in a header.
        if (e.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "FunctionsKey";
        return FailAsync(context, ApiProblem.Of(e), isPage);
    }

    private static Task FailAsync(HttpContext context, ApiProblem problem, bool isPage) =>
        isPage ? ErrorPage.WriteAsync(context, problem) : problem.WriteAsync(context);
}
