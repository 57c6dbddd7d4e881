using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PendoSync.Operations;
using PendoSync.Reports;

namespace PendoSync.Web.Http;

/// <summary>Operations on syncs and their rejected records.</summary>
internal sealed class SyncOperations(SyncService service)
{
    /// <summary>So long a dry run or a check is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

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

    public async Task ProblemsAsync(ApiRequest request)
    {
        var (sync, after, search, outcome) = (Known(request), request.Query("after"), request.Query("search"), request.Query("outcome"));
        if (outcome is not (null or "invalid" or "rejected" or "not_found" or "unknown" or "given_up"))
            throw new ApiException(422, "the outcome is not known", "outcome", "Write invalid, rejected, not_found, unknown or given_up.");
        var limit = request.Limit();
        if (Downloads.FormatOf(request) is { } format)
        {
            await Downloads.WriteAsync(request, format, $"{sync}-problems", RejectedCsv.Columns, limit, after,
                async (page, next) => await service.ProblemsAsync(sync, outcome, page, next, search, request.Ct) is var part
                ? (part.Items, part.Next) : default);
            return;
        }

        await Answers.JsonAsync(request.Context, await service.ProblemsAsync(sync, outcome, limit ?? DefaultPage, after, search,
            request.Ct));
    }

    public Task PlanAsync(ApiRequest request) => DryAsync(request, DryKind.Plan, "mode");

    public Task CheckAsync(ApiRequest request) => DryAsync(request, DryKind.Check);

    public Task CompareAsync(ApiRequest request) => DryAsync(request, DryKind.Compare);

    public Task AdoptAsync(ApiRequest request) => DryAsync(request, DryKind.Adopt);

    public async Task ResultAsync(ApiRequest request) => await Answers.JsonAsync(request.Context,
        await service.Dry.ReadAsync(request.RunId, request.Ct)
        ?? throw new ApiException(404, $"there is no result '{request.RunId}'", request.RunId, "Results are kept for an hour; ask again."));

    // A quick one is answered at once; of one that takes long the address.
    private async Task DryAsync(ApiRequest request, DryKind kind, params string[] members)
    {
        var sync = Known(request);
        var mode = RunOperations.ModeOf(await request.BodyAsync(members));
        var result = await service.Dry.StartAsync(sync, kind, mode, Patience, request.Ct);
        request.Context.Response.Headers.Location = $"/api/results/{result.Id}";
        request.Context.Response.StatusCode = result.State == DryState.Running ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        await Answers.JsonAsync(request.Context, result);
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

    public async Task DoubtAsync(ApiRequest request)
    {
        var sync = Known(request);
        var body = await request.BodyAsync("send", "sent_until");
        var send = body.TryGetProperty("send", out var flag) && flag.ValueKind is not (JsonValueKind.Null or JsonValueKind.False);
        var until = body.TryGetProperty("sent_until", out var member) && member.ValueKind != JsonValueKind.Null ? member : default;
        if (send == (until.ValueKind != JsonValueKind.Undefined) || (send && flag.ValueKind != JsonValueKind.True))
            throw new ApiException(422, "the body says neither or both of send and sent_until", "send",
                "Send {\"send\":true}, or {\"sent_until\":\"2026-03-01T12:00:00Z\"}.");
        if (!send && until.ValueKind != JsonValueKind.String)
            throw new ApiException(422, "sent_until is no text", "sent_until", "Write it as \"2026-03-01T12:00:00Z\".");
        await Answers.JsonAsync(request.Context,
            await service.AnswerDoubtAsync(sync, send ? null : DoubtAnswer.InstantOf(until.GetString()!), request.Ct));
    }

    private string Known(ApiRequest request) => service.KnownSync(request);
}
