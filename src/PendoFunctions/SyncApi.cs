using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PendoFunctions.Azure;
using PendoSync.Web.Http;

namespace PendoFunctions;

/// <summary>The HTTP API and the status page; the engine's handlers answer, and ask for the key themselves.</summary>
public sealed class SyncApi(SyncApiHandlers handlers)
{
    /// <summary>Everything below /api.</summary>
    [Function(nameof(SyncApi))]
    public IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", "post", Route = "{*path}")] HttpRequest request) =>
        new Handled(handlers);

    // The worker carries out a result once the function has returned.
    private sealed class Handled(SyncApiHandlers handlers) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            Caller.Waits();
            await handlers.HandleAsync(httpContext);
        }
    }
}
