using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PendoSync.Alerts;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Delivery;
using PendoSync.Pendo;
using PendoSync.Planning;
using PendoSync.Runs;
using PendoSync.Sources;
using PendoSync.State;

namespace PendoSync.Engine;

/// <summary>
/// The engine in one process: makes the parts once and offers the steps a host calls. All members may be called from many threads.
/// </summary>
public sealed class SyncEngine : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<IWarehouse>> _warehouses = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<PendoClient>> _clients = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<WarehouseType> _types;
    private readonly ISecretStore _secrets;
    private readonly HttpMessageInvoker _http;
    private readonly IBatchQueue _queue;
    private readonly RunStarter _starter;
    private readonly Planner _planner;
    private readonly ILogger _log;
    // Of earlier definitions; a run under way may still read from one.
    private readonly ConcurrentBag<Lazy<IWarehouse>> _former = [];
    private volatile Project _project;

    /// <summary>An engine for one project.</summary>
    /// <param name="project">All definitions.</param>
    /// <param name="types">The kinds of warehouses its connections may have.</param>
    /// <param name="tables">Where state is kept.</param>
    /// <param name="queue">Carries batches.</param>
    /// <param name="secrets">Resolves secrets.</param>
    /// <param name="http">For Pendo and alerts; must not follow redirects nor have a timeout of its own. See <see cref="NewHttp"/>.</param>
    /// <param name="options">How it behaves here.</param>
    /// <param name="log">Takes the start and the end of every run, and what went wrong beside it.</param>
    /// <param name="marks">The second place that notices a restored state; null: none does.</param>
    public SyncEngine(Project project, IReadOnlyList<WarehouseType> types, ITableStore tables, IBatchQueue queue, ISecretStore secrets,
        HttpMessageInvoker http, EngineOptions options, ILogger? log = null, IMarkStore? marks = null)
    {
        _log = log ?? NullLogger.Instance;
        (_project, _types, _queue, _secrets, _http, Options) = (project, types, queue, secrets, http, options);
        State = new StateStore(tables, marks);
        Ender = new RunEnder(name => Project.Find(name), State, Observer);
        Ender.Ended = EndedAsync;
        Alerts = new AlertWatch(() => Project, State, secrets, http, options.Clock, _log);
        Rejections = new RejectionLog(State);
        var owners = new IntentOwners(options);
        Deliverer = new Deliverer(ClientOf, State, queue, Ender, Rejections, owners, options, Observer);
        _starter = new RunStarter(State, Ender, options);
        _planner = new Planner(State, queue, Ender, new Settler(State, Ender, owners, options), Rejections, options, Observer);
        foreach (var problem in project.Problems)
            Log.DefinitionBroken(_log, problem.ToString());
    }

    /// <summary>The definitions; <see cref="Use"/> changes them.</summary>
    public Project Project => _project;

    /// <summary>How it behaves.</summary>
    public EngineOptions Options { get; }

    /// <summary>Resolves secrets.</summary>
    public ISecretStore Secrets => _secrets;

    /// <summary>Makes the warehouse of a connection; tests put one in memory here.</summary>
    internal Func<WarehouseContext, IWarehouse>? Warehouses { get; init; }

    /// <summary>The state.</summary>
    public StateStore State { get; }

    /// <summary>Delivers batches.</summary>
    public Deliverer Deliverer { get; }

    /// <summary>Ends and stops runs.</summary>
    public RunEnder Ender { get; }

    /// <summary>Tells people what needs them.</summary>
    public AlertWatch Alerts { get; }

    /// <summary>Live counts of this process.</summary>
    public RunObserver Observer { get; } = new();

    /// <summary>The readable list of rejections.</summary>
    public RejectionLog Rejections { get; }

    /// <summary>
    /// A client fit for Pendo: pooled connections, no redirects, no timeout of its own; see <see cref="Outbound.NewHandler"/>.
    /// </summary>
    public static HttpMessageInvoker NewHttp() => new(Outbound.NewHandler());

    /// <summary>Writes a run as requested and enqueues the request. Answers at once.</summary>
    /// <returns>The run and true, or the active run and false.</returns>
    /// <exception cref="ProblemException">Configuration: no such sync. Conflict: it is paused. Others: the queue did not take it, and there
    /// is no run.</exception>
    public async Task<(RunRecord Run, bool Started)> RequestAsync(string sync, RunMode mode, string trigger, CancellationToken ct)
    {
        var (run, started) = await _starter.RequestAsync(Project.Sync(sync), mode, trigger, ct);
        if (!started)
            return (run, false);
        try
        {
            await _queue.RequestAsync(new SyncRequest(sync, run.RunId, mode, trigger, run.RequestedAt, Activity.Current?.Id), ct);
        }
        catch
        {
            // Whoever asked hears that it failed and asks again; a run that waits unknown to him would be in his way.
            await _starter.WithdrawAsync(sync, run.RunId);
            throw;
        }

        return (run, true);
    }

    /// <summary>
    /// Enqueues the request for an active run again: its message or its planner is lost. Doing so once too often is safe.
    /// </summary>
    public Task RequestAgainAsync(string sync, ActiveRun active, CancellationToken ct) =>
        _queue.RequestAsync(new SyncRequest(sync, active.RunId, active.Mode, active.Trigger, active.Since), ct);

    /// <summary>
    /// Takes the lease for a requested run, a new run, or one whose planner is lost; null with the active run when somebody else has it.
    /// </summary>
    public Task<(Checkpoint? Claimed, string? ActiveRun)> ClaimAsync(string sync, string? runId, RunMode mode, string trigger,
        CancellationToken ct) =>
        _starter.ClaimAsync(Project.Sync(sync), runId, mode, trigger, ct);

    /// <summary>Plans a claimed run; its record says how it went.</summary>
    /// <param name="claimed">What <see cref="ClaimAsync"/> returned.</param>
    /// <param name="stop">The host stops: the plan is closed as partial.</param>
    /// <param name="scope">Narrows it; null: all of the model.</param>
    public async Task PlanAsync(Checkpoint claimed, CancellationToken stop, RunScope? scope = null)
    {
        var active = claimed.Active!;
        Log.RunStarted(_log, claimed.Sync, active.RunId, active.Mode.ToString().ToLowerInvariant(), active.Trigger);
        if (claimed.Ahead > TimeSpan.Zero)
            Log.ClockWasAhead(_log, claimed.Sync, claimed.Ahead);
        SyncContext context;
        try
        {
            context = ContextOf(claimed.Sync);
        }
        catch (ProblemException e)
        {
            await Ender.StopAsync(claimed.Sync, active.RunId, active.Attempt, RunState.Failed, e.Problem,
                CancellationToken.None, sent: false);
            return;
        }

        await _planner.PlanAsync(context, claimed, scope, stop);
    }

    /// <summary>The sync with both its sides.</summary>
    public SyncContext ContextOf(string sync)
    {
        var definition = Project.Sync(sync);
        return new SyncContext(Project, definition, WarehouseOf(definition.Warehouse),
            ClientOf(definition.Pendo))
        { FieldsOfOthers = FieldsOfAsync };
    }

    private async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> FieldsOfAsync(IReadOnlyList<SyncDefinition> syncs,
        CancellationToken ct)
    {
        var fields = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var sync in syncs)
        {
            try
            {
                fields[sync.Name] = (await State.Checkpoints.ReadAsync(sync.Name, ct)).Fields;
            }
            catch (ProblemException e) when (e.Problem.Kind == ProblemKind.State)
            {
                // A state that cannot be read stops its own sync, not the others; what that one writes is then unknown, as before its first
                // run.
            }
        }

        return fields;
    }

    /// <summary>Takes other definitions: what begins from now on goes by them, a run under way to its end by what it began with.</summary>
    public void Use(Project project)
    {
        _project = project;
        foreach (var name in _warehouses.Keys)
            if (_warehouses.TryRemove(name, out var former))
                _former.Add(former);
        _clients.Clear();
    }

    /// <summary>The warehouse of a connection, made at first use.</summary>
    public IWarehouse WarehouseOf(string name) => _warehouses.GetOrAdd(name, key => new Lazy<IWarehouse>(() =>
    {
        var connection = Project.Warehouses[key];
        var type = _types.First(t => string.Equals(t.Name, connection.Type, StringComparison.Ordinal));
        return (Warehouses ?? type.Create)(new WarehouseContext(connection, Project.Directory, _secrets, Options.Clock) { Type = type });
    })).Value;

    /// <summary>The client of a Pendo connection, made at first use.</summary>
    /// <exception cref="ProblemException">Configuration: a message names a connection that the project does not have any more.</exception>
    public PendoClient ClientOf(string connection) => _clients.GetOrAdd(connection, name => new Lazy<PendoClient>(() =>
        Project.Pendo.TryGetValue(name, out var found)
            ? new PendoClient(found, _secrets, _http, Options.Clock, Options.Reads)
            : throw new ProblemException(ProblemKind.Configuration, $"there is no Pendo connection '{name}'", "pendosync.yaml",
                "Put the connection back, or cancel the run."))).Value;

    // Every end of a run comes by here, whoever ended it: command line, serve and Functions alike.
    private Task EndedAsync(RunRecord run, CancellationToken ct)
    {
        RunTelemetry.Ended(run);
        var counts = run.Counts;
        if (run.State is RunState.Failed or RunState.Stopped)
            Log.RunFailed(_log, run.Sync, run.RunId, run.State.Word(), run.Error?.Message ?? "",
                run.Error?.Fix ?? "");
        else
            Log.RunEnded(_log, run.Sync, run.RunId, run.State.Word(), counts.Read, counts.Invalid, counts.Planned,
                counts.Accepted, counts.Rejected, counts.NotFound, counts.Unknown, counts.GivenUp, counts.Calls);
        return Alerts.RunEndedAsync(run, ct);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var warehouse in _warehouses.Values.Concat(_former).Where(w => w.IsValueCreated))
            await warehouse.Value.DisposeAsync();
    }
}
