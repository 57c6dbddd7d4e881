using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PendoSync.Batches;
using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Web.Http;

/// <summary>Operations on runs.</summary>
internal sealed class RunOperations(SyncService service)
{
    public async Task StartAsync(ApiRequest request)
    {
        var sync = service.KnownSync(request);
        var mode = ModeOf(await request.BodyAsync("mode"));
        var (run, started) = await service.RequestAsync(sync, mode, "http", request.Ct);
        if (!started)
            throw new ApiException(409, "a run of the sync is active", run.RunId,
                $"Wait for it to end, or cancel it with POST /api/runs/{run.RunId}/cancel.")
            { RunId = run.RunId };
        request.Context.Response.StatusCode = StatusCodes.Status202Accepted;
        request.Context.Response.Headers.Location = $"/api/runs/{run.RunId}";
        await Answers.JsonAsync(request.Context, new StartedRun(run.RunId!, sync, run.State));
    }

    public async Task ListAsync(ApiRequest request)
    {
        var (sync, after, limit) = (service.KnownSync(request), request.Query("after"), request.Limit());
        if (Downloads.FormatOf(request) is { } format)
        {
            await Downloads.WriteAsync(request, format, $"{sync}-runs", RunCsv.Columns, limit, after,
                async (page, next) => await service.RunsAsync(sync, page, next, request.Ct) is var part
                ? (part.Items, part.Next) : default);
            return;
        }

        await Answers.JsonAsync(request.Context, await service.RunsAsync(sync, limit ?? SyncOperations.DefaultPage, after, request.Ct));
    }

    public async Task ListAllAsync(ApiRequest request)
    {
        RunState? state = request.Query("state") is not { } word ? null
            : Enum.GetValues<RunState>().Cast<RunState?>().FirstOrDefault(s => s!.Value.Word() == word)
            ?? throw new ApiException(422, "the state is not known", "state",
                $"Write one of {string.Join(", ", Enum.GetValues<RunState>().Select(s => s.Word()))}.");
        var sync = request.Query("sync") is { } name ? service.Knows(name) ? name
            : throw new ApiException(404, $"there is no sync named '{name}'", "sync", "GET /api/syncs lists them.") : null;
        await Answers.JsonAsync(request.Context, await service.AllRunsAsync(sync, state, request.Limit() ?? SyncOperations.DefaultPage,
            request.Query("after"), request.Ct));
    }

    public async Task GetAsync(ApiRequest request) => await Answers.JsonAsync(request.Context, await KnownAsync(request));

    public async Task CancelAsync(ApiRequest request)
    {
        var before = await KnownAsync(request);
        var after = before.EndedAt is null ? await service.CancelRunAsync(request.RunId, request.Ct) ?? before : before;
        if (after.State != RunState.Cancelled)
            throw new ApiException(409, $"the run is over already: it is {after.State.Word()}",
                request.RunId)
            { RunId = request.RunId };
        await Answers.JsonAsync(request.Context, after);
    }

    private async Task<RunReport> KnownAsync(ApiRequest request) => await service.RunAsync(request.RunId, request.Ct)
        ?? throw new ApiException(404, $"there is no run '{request.RunId}'", request.RunId,
            "Runs are kept 30 days; GET /api/syncs/{name}/runs lists them.");

    internal static RunMode ModeOf(JsonElement body) => !body.TryGetProperty("mode", out var mode) || mode.ValueKind == JsonValueKind.Null
        ? RunMode.Incremental
        : mode.ValueKind == JsonValueKind.String && mode.GetString() is "incremental" or "full"
            ? (mode.ValueEquals("full") ? RunMode.Full : RunMode.Incremental)
        : throw new ApiException(422, "the mode is not known", "mode", "Write \"incremental\" or \"full\".");
}
