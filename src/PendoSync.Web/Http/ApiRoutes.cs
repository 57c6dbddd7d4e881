using PendoSync.Definitions;
using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Web.Http;

/// <summary>The one table of operations: the router goes by it, and the OpenAPI document is written from it.</summary>
internal static class ApiRoutes
{
    private static readonly ApiAnswer NoSync = new(404, "There is no sync of that name.");
    private static readonly ApiAnswer NoRun = new(404, "There is no run of that id.");
    private static readonly ApiAnswer BadQuery = new(422, "A parameter or member has a value that is not allowed.");
    private static readonly ApiParameter Limit =
        new("limit", "Most items of the answer, 1 to 1000; default 100. A download without it holds everything.", "integer");
    private static readonly ApiParameter After = new("after", "The `next` of the page before.");
    private static readonly ApiParameter Format = new("format", "json, csv or ndjson; default by the Accept header, else json.");

    public static IReadOnlyList<ApiRoute> Of(SyncService service, StateStore state)
    {
        var syncs = new SyncOperations(service);
        var runs = new RunOperations(service);
        List<ApiRoute> routes = [];
        routes.AddRange([
            new("GET", "health", "getHealth", "Tells whether the app and its state can be reached.",
                new HealthOperation(service, state).GetAsync)
            {
                Access = RouteAccess.Anonymous,
                Answers = [new(200, "Both can be reached.", typeof(HealthReport)), new(503, "The state cannot be reached.")],
            },
            new("GET", "openapi.json", "getOpenApi", "Describes this API.", async request =>
                await Answers.BytesAsync(request.Context, await OpenApiDescription.OfAsync(routes), "application/json"))
            {
                Access = RouteAccess.Anonymous,
                Answers = [new(200, "An OpenAPI 3.1 document.", typeof(object))],
            },
            new("GET", "syncs", "listSyncs", "Lists every sync and where it stands.", syncs.ListAsync)
            {
                Query = [Limit, After],
                Answers = [new(200, "Syncs by name.", typeof(ItemPage<SyncStatus>)), BadQuery],
            },
            new("GET", "syncs/{name}", "getSync", "Tells where one sync stands.",
                syncs.GetAsync) { Answers = [new(200, "The sync.", typeof(SyncStatus)), NoSync] },
            new("POST", "syncs/{name}/runs", "startRun", "Asks for a run and answers at once.", runs.StartAsync)
            {
                Body = typeof(StartRun),
                Answers = [new(202, "The run exists; Location is its address.", typeof(StartedRun)), NoSync,
                    new(400, "The body is not JSON."), new(409, "A run is active (its id is in run_id), or the sync is paused."),
                    new(413, "The body is too large."), BadQuery],
            },
            new("GET", "syncs/{name}/runs", "listRuns", "Lists the runs of the last 30 days, newest first.", runs.ListAsync)
            {
                Query = [Limit, After, Format],
                Answers = [new(200, "Runs with the sums of their records.", typeof(ItemPage<RunReport>), Downloads.Csv, Downloads.Ndjson),
                    NoSync, BadQuery],
            },
            new("GET", "runs", "listAllRuns", "Lists the runs of every sync, newest first.", runs.ListAllAsync)
            {
                Query = [Limit, After, new("sync", "Only this sync."), new("state", "Only runs in this state.")],
                Answers = [new(200, "Runs with the sums of their records.", typeof(ItemPage<RunReport>)), NoSync, BadQuery],
            },
            new("GET", "runs/{id}", "getRun", "Tells how one run went.",
                runs.GetAsync) { Answers = [new(200, "The run.", typeof(RunReport)), NoRun] },
            new("POST", "runs/{id}/cancel", "cancelRun", "Cancels a run; what Pendo answered counts.", runs.CancelAsync)
            {
                Answers = [new(200, "The run as it ended.", typeof(RunReport)), NoRun, new(409, "The run had ended already.")],
            },
            new("GET", "syncs/{name}/rejected", "listRejected",
                "Lists records that Pendo rejected.", syncs.RejectedAsync)
            {
                Query = [Limit, After, new("search", "Part of a key, rule or reason."), Format],
                Answers = [new(200, "Rejected records; at most 10,000 are kept, total counts all.", typeof(RejectedPage), Downloads.Csv,
                    Downloads.Ndjson), NoSync, BadQuery],
            },
            new("GET", "syncs/{name}/problems", "listProblems",
                "Lists what is refused, in groups first: invalid, rejected, not found, unknown or given up.", syncs.ProblemsAsync)
            {
                Query = [Limit, After, new("search", "Part of a key, outcome, rule or reason."), new("outcome", "Only this outcome."),
                    Format],
                Answers = [new(200, "Groups of all, and a page of records; at most 10,000 are kept, total counts all.",
                    typeof(ProblemsPage),
                    Downloads.Csv, Downloads.Ndjson), NoSync, BadQuery],
            },
            new("POST", "syncs/{name}/plan", "planSync", "Tells what a run would do; writes nothing but its own result.", syncs.PlanAsync)
            {
                Body = typeof(StartRun),
                Answers = [new(200, "The result; Location is its address for an hour.", typeof(DryResult)),
                    new(202, "It takes longer; poll Location.", typeof(DryResult)), NoSync, new(400, "The body is not JSON."),
                    new(413, "The body is too large."), BadQuery],
            },
            new("POST", "syncs/{name}/check", "checkSync", "Tries the secrets, connections, table, columns and fields of one sync.",
                syncs.CheckAsync)
            {
                Answers = [new(200, "The result; Location is its address for an hour.", typeof(DryResult)),
                    new(202, "It takes longer; poll Location.", typeof(DryResult)), NoSync, new(400, "The body is not JSON."),
                    new(413, "The body is too large."), BadQuery],
            },
            new("POST", "syncs/{name}/compare", "compareSync",
                "Compares all rows of a sync with what Pendo holds; writes nothing but its own result.", syncs.CompareAsync)
            {
                Answers = [new(200, "The result; Location is its address for an hour.", typeof(DryResult)),
                    new(202, "It takes longer; poll Location.", typeof(DryResult)), NoSync, new(400, "The body is not JSON."),
                    new(413, "The body is too large."), BadQuery],
            },
            new("POST", "syncs/{name}/adopt", "adoptSync",
                "Takes what Pendo holds as the warehouse has it into the snapshot, so that it is not sent.", syncs.AdoptAsync)
            {
                Answers = [new(200, "The result; Location is its address for an hour.", typeof(DryResult)),
                    new(202, "It takes longer; poll Location.", typeof(DryResult)), NoSync, new(400, "The body is not JSON."),
                    new(413, "The body is too large."), BadQuery],
            },
            new("GET", "results/{id}", "getResult",
                "Tells how a dry run, a check, a comparison or an adoption went; the sample is read as it is now.",
                syncs.ResultAsync)
            {
                Answers = [new(200, "The result: counts, groups and keys are kept, values never.", typeof(DryResult)),
                    new(404, "There is no result of that id, or its hour is over.")],
            },
            new("GET", "syncs/{name}/record", "explainRecord", "Tells the story of one record.", syncs.RecordAsync)
            {
                Query = [new("key", "The record's key.", Required: true)],
                Answers = [new(200, "Row, record, fingerprint, last outcome and next decision.", typeof(Explanation)), NoSync, BadQuery,
                    new(502, "The warehouse or Pendo cannot be reached."), new(503, "The warehouse or Pendo cannot answer now.")],
            },
            new("POST", "syncs/{name}/pause", "pauseSync", "No run is started until it is resumed.",
                syncs.PauseAsync) { Answers = [new(200, "The sync.", typeof(SyncStatus)), NoSync] },
            new("POST", "syncs/{name}/resume", "resumeSync", "Runs are started again.", syncs.ResumeAsync)
            {
                Answers = [new(200, "The sync.", typeof(SyncStatus)), NoSync, new(409, "The sync is paused by its definition.")],
            },
            new("POST", "syncs/{name}/reset", "resetSync", "Forgets what Pendo accepted (events: only the cursor).", syncs.ResetAsync)
            {
                Body = typeof(ResetSync),
                Answers = [new(200, "What was forgotten.", typeof(ResetReport)), NoSync, new(400, "The body is not JSON."),
                    new(413, "The body is too large."), BadQuery],
            },
            new("POST", "syncs/{name}/doubt", "answerDoubt", "Says of a restored state which events were sent.", syncs.DoubtAsync)
            {
                Body = typeof(AnswerDoubt),
                Answers = [new(200, "What the next run does.", typeof(DoubtReport)), NoSync, new(400, "The body is not JSON."),
                    new(409, "Nothing is in doubt."), new(413, "The body is too large."), BadQuery],
            },
        ]);
        return routes;
    }
}

/// <summary>The body of a request for a run.</summary>
/// <param name="Mode">incremental (default): from the cursor, what changed; full: everything.</param>
internal sealed record StartRun(Batches.RunMode? Mode = null);

/// <summary>The answer to a request for a run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Sync">Its sync.</param>
/// <param name="State">requested.</param>
internal sealed record StartedRun(string RunId, string Sync, RunState State);

/// <summary>The body of a reset.</summary>
/// <param name="ForgetEvents">Events only: true also clears the ledger of sent events.</param>
internal sealed record ResetSync(bool? ForgetEvents = null);

/// <summary>The answer to a restored state; one of both.</summary>
/// <param name="Send">true: every event is sent that the state does not know as sent.</param>
/// <param name="SentUntil">Events of up to this instant were sent.</param>
internal sealed record AnswerDoubt(bool? Send = null, DateTimeOffset? SentUntil = null);

/// <summary>The answer of the health check.</summary>
/// <param name="Status">ok; degraded when the definitions have problems, and some syncs may not run; failing when the files have become
/// what cannot be used, and what was read before stays in use.</param>
/// <param name="Version">Version of the program.</param>
/// <param name="Syncs">Number of syncs.</param>
internal sealed record HealthReport(string Status, string Version, int Syncs)
{
    /// <summary>Number of syncs whose definition cannot be loaded.</summary>
    public int Failing { get; init; }

    /// <summary>What is wrong with the definitions, with place and fix; empty for those who do not have the key.</summary>
    public IReadOnlyList<DefinitionProblem> Problems { get; init; } = [];
}
