using PendoSync.Batches;
using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>What the buttons do; each sends the browser back to the page it belongs to, with a word for what happened.</summary>
internal sealed class StatusForms(SyncService service)
{
    public async Task RunAsync(ApiRequest request)
    {
        var sync = service.KnownSync(request);
        var form = await ApiRequest.FormAsync(request.Context);
        if (await service.SyncAsync(sync, request.Ct) is { Paused: true })
        {
            await BackAsync(request, $"syncs/{sync}", "is-paused");
            return;
        }

        var (run, started) = await service.RequestAsync(sync, form["mode"] == "full" ? RunMode.Full
            : RunMode.Incremental, "http", request.Ct);
        await BackAsync(request, $"runs/{run.RunId}", started ? "started" : "active");
    }

    public Task PlanAsync(ApiRequest request) => DryAsync(request, DryKind.Plan);

    public Task CheckAsync(ApiRequest request) => DryAsync(request, DryKind.Check);

    public Task CompareAsync(ApiRequest request) => DryAsync(request, DryKind.Compare);

    public Task AdoptAsync(ApiRequest request) => DryAsync(request, DryKind.Adopt);

    private async Task DryAsync(ApiRequest request, DryKind kind)
    {
        var result = await service.Dry.StartAsync(service.KnownSync(request), kind, RunMode.Incremental, SyncOperations.Patience,
            request.Ct);
        await BackAsync(request, $"results/{result.Id}", result.State == DryState.Running ? "busy" : "");
    }

    public async Task PauseAsync(ApiRequest request)
    {
        var sync = service.KnownSync(request);
        await service.PauseAsync(sync, request.Ct);
        await BackAsync(request, $"syncs/{sync}", "paused");
    }

    public async Task ResumeAsync(ApiRequest request)
    {
        var sync = service.KnownSync(request);
        var status = await service.ResumeAsync(sync, request.Ct);
        await BackAsync(request, $"syncs/{sync}", status.Paused ? "stays-paused" : "resumed");
    }

    public async Task CancelAsync(ApiRequest request)
    {
        var before = await service.RunAsync(request.RunId, request.Ct)
            ?? throw new ApiException(404, $"there is no run '{request.RunId}'", request.RunId);
        if (before.EndedAt is null)
            await service.CancelRunAsync(request.RunId, request.Ct);
        await BackAsync(request, $"runs/{request.RunId}", before.EndedAt is null ? "cancelled" : "over");
    }

    public async Task DoubtAsync(ApiRequest request)
    {
        var sync = service.KnownSync(request);
        var until = (await ApiRequest.FormAsync(request.Context))["sent_until"].ToString().Trim();
        await service.AnswerDoubtAsync(sync, until.Length == 0 ? null : DoubtAnswer.InstantOf(until), request.Ct);
        await BackAsync(request, $"syncs/{sync}", "answered");
    }

    private static Task BackAsync(ApiRequest request, string page, string done) =>
        Answers.SeeOther(request.Context, $"/api/status/{page}?done={done}");
}
