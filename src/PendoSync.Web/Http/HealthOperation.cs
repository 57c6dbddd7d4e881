using System.Reflection;
using PendoSync.Operations;
using PendoSync.State;

namespace PendoSync.Web.Http;

/// <summary>Tells whether the app and its state can be reached; whoever asks learns nothing else.</summary>
internal sealed class HealthOperation(SyncService service, StateStore state)
{
    private static readonly string Version =
        typeof(HealthOperation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "0";

    public async Task GetAsync(ApiRequest request)
    {
        try
        {
            await state.Checkpoints.ReadAsync("health", request.Ct);
        }
        catch (ProblemException e) when (request.Session.Shown == Shown.Nothing)
        {
            // The place and the fix are for those who have the key.
            throw new ApiException(503, "the state cannot be reached", null, "Look into the log.") { Cause = e.Problem };
        }

        var project = service.Project;
        await Answers.JsonAsync(request.Context,
            new HealthReport(project.IsStale ? "failing" : project.Problems.Count == 0 ? "ok" : "degraded", Version, project.Names.Count())
            {
                Failing = project.Broken.Count,
                Problems = request.Session.Shown == Shown.Nothing ? [] : project.Problems,
            });
    }
}
