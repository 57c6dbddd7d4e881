using PendoSync.Engine;
using PendoSync.Operations;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>Every page and form of the status page, by address. Each asks for the key itself, by showing the login in its place.</summary>
internal sealed class StatusPages
{
    private readonly LoginPage _login;

    public StatusPages(SyncEngine engine, SyncService service, ApiAccess access, TimeProvider clock)
    {
        _login = new LoginPage(access);
        var overview = new OverviewPage(service, access, clock);
        var sync = new SyncPage(service, access, clock);
        var run = new RunPage(service, engine.State, access, clock);
        var problems = new ProblemsPageView(service, access, clock);
        var runs = new RunsPage(service, access, clock);
        var record = new RecordPage(service, access, clock);
        var result = new ResultPage(service, access, clock);
        var forms = new StatusForms(service);
        Routes =
        [
            Page("GET", "status", overview.ShowAsync),
            Page("GET", "status/syncs/{name}", sync.ShowAsync),
            Page("GET", "status/syncs/{name}/problems", problems.ShowAsync),
            Page("GET", "status/runs", runs.ShowAsync),
            Page("GET", "status/record", record.ShowAsync),
            Page("GET", "status/results/{id}", result.ShowAsync),
            Page("GET", "status/runs/{id}", run.ShowAsync),
            Page("POST", "status/syncs/{name}/run", forms.RunAsync),
            Page("POST", "status/syncs/{name}/plan", forms.PlanAsync),
            Page("POST", "status/syncs/{name}/check", forms.CheckAsync),
            Page("POST", "status/syncs/{name}/compare", forms.CompareAsync),
            Page("POST", "status/syncs/{name}/adopt", forms.AdoptAsync),
            Page("POST", "status/syncs/{name}/pause", forms.PauseAsync),
            Page("POST", "status/syncs/{name}/resume", forms.ResumeAsync),
            Page("POST", "status/syncs/{name}/doubt", forms.DoubtAsync),
            Page("POST", "status/runs/{id}/cancel", forms.CancelAsync),
            Page("POST", "status/logout", LoginPage.LogoutAsync),
            Open("POST", "status/login", _login.LoginAsync),
            Open("GET", "status.css", Assets.StyleAsync),
            Open("GET", "status.js", Assets.ScriptAsync),
        ];
    }

    /// <summary>Their routes.</summary>
    public IReadOnlyList<ApiRoute> Routes { get; }

    private ApiRoute Page(string method, string path, Func<ApiRequest, Task> handle) => Open(method, path, request =>
    {
        if (request.Session.Shown != Shown.Nothing)
            return handle(request);
        if (method == "POST")
            request.Context.Response.StatusCode = 401;
        return _login.ShowAsync(request.Context);
    });

    private static ApiRoute Open(string method, string path, Func<ApiRequest, Task> handle) =>
        new(method, path, path, "", handle) { Access = RouteAccess.Anonymous, IsPage = true };
}
