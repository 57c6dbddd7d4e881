using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace PendoSync.Web.Http;

/// <summary>Puts the API into an ASP.NET Core app.</summary>
internal static class SyncApiEndpoints
{
    /// <summary>Hands everything below /api to the handlers; their own table of routes decides there.</summary>
    public static IEndpointConventionBuilder MapSyncApi(this IEndpointRouteBuilder endpoints, SyncApiHandlers handlers) =>
        endpoints.Map("/api/{**path}", handlers.HandleAsync);
}
