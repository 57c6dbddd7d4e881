using PendoSync.Operations;

namespace PendoSync.Web.Http;

/// <summary>Names in paths.</summary>
internal static class KnownNames
{
    /// <summary>The sync of the path.</summary>
    /// <exception cref="ApiException">404: there is none of that name.</exception>
    public static string KnownSync(this SyncService service, ApiRequest request) => service.Knows(request.Sync) ? request.Sync
        : throw new ApiException(404, $"there is no sync '{request.Sync}'", request.Sync, "GET /api/syncs lists them.");
}
