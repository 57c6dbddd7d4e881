using System.Text.Json;
using PendoSync.Operations;
using PendoSync.Reports;

namespace PendoSync.Web.Http;

/// <summary>Operations on syncs and their rejected records.</summary>
internal sealed class SyncOperations(SyncService service)
{
    /// <summary>Items of a page when nothing else is asked for.</summary>
    public const int DefaultPage = 100;

    public async Task ListAsync(ApiRequest request)
    {
        var limit = request.Limit() ?? SyncService.MaxPage;
        var after = request.Query("after");
        var all = (await service.StatusAsync(request.Ct)).Items.Where(s => after is null || string.CompareOrdinal(s.Name, after) > 0)
            .ToList();
        var items = all.Take(limit).ToList();
        await Answers.JsonAsync(request.Context, new ItemPage<SyncStatus>(items, items.Count < all.Count ? items[^1].Name : null));
    }

    public async Task GetAsync(ApiRequest request) =>
        await Answers.JsonAsync(request.Context, await service.SyncAsync(Known(request), request.Ct));

    public async Task RejectedAsync(ApiRequest request)
    {
        var (sync, after, search) = (Known(request), request.Query("after"), request.Query("search"));
        var limit = request.Limit();
        if (Downloads.FormatOf(request) is { } format)
        {
            await Downloads.WriteAsync(request, format, $"{sync}-rejected", RejectedCsv.Columns, limit, after,
                async (page, next) => await service.RejectedAsync(sync, page, next, search, request.Ct) is var part
                ? (part.Items, part.Next) : default);
            return;
        }

        await Answers.JsonAsync(request.Context, await service.RejectedAsync(sync, limit ?? DefaultPage, after, search, request.Ct));
    }

    public async Task RecordAsync(ApiRequest request)
    {
        var sync = Known(request);
        var key = request.Query("key") ?? throw new ApiException(422, "the key is missing", "key", "Add ?key= and the record's key.");
        await Answers.JsonAsync(request.Context, await service.ExplainAsync(sync, key, request.Ct));
    }

    public async Task PauseAsync(ApiRequest request) =>
        await Answers.JsonAsync(request.Context, await service.PauseAsync(Known(request), request.Ct));

    public async Task ResumeAsync(ApiRequest request)
    {
        var status = await service.ResumeAsync(Known(request), request.Ct);
        if (status.Paused)
            throw new ApiException(409, "the sync is paused by its definition", request.Sync, "Remove `paused: true` from its file.");
        await Answers.JsonAsync(request.Context, status);
    }

    public async Task ResetAsync(ApiRequest request)
    {
        var sync = Known(request);
        var body = await request.BodyAsync("forget_events");
        var forget = body.TryGetProperty("forget_events", out var member) && member.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw new ApiException(422, "forget_events is neither true nor false", "forget_events"),
        };
        await Answers.JsonAsync(request.Context, await service.ResetAsync(sync, forget, request.Ct));
    }

    private string Known(ApiRequest request) => service.KnownSync(request);
}
