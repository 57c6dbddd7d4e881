using System.Diagnostics;
using System.Diagnostics.Metrics;
using PendoSync.Operations;
using PendoSync.Pendo;
using PendoSync.Running;
using PendoSync.State;

namespace PendoSync;

/// <summary>The one ActivitySource and Meter, both named <c>PendoSync</c>. Tags never hold keys, values or secrets.</summary>
public static class Telemetry
{
    /// <summary>Name of source and meter.</summary>
    public const string Name = "PendoSync";

    private static readonly ActivitySource _source = new(Name);
    private static readonly Meter _meter = SyncGauges.AddTo(new Meter(Name));
    private static readonly Counter<long> _records = _meter.CreateCounter<long>("pendosync.records", "{record}", "Records by outcome");
    private static readonly Counter<long> _runs = _meter.CreateCounter<long>("pendosync.runs", "{run}", "Runs by final state");
    private static readonly Counter<long> _calls = _meter.CreateCounter<long>("pendosync.calls", "{call}", "Value and track calls by HTTP status");
    private static readonly Counter<long> _throttled = _meter.CreateCounter<long>("pendosync.throttled", "{call}", "429 answers");

    /// <summary>The meter, for gauges of a host.</summary>
    public static Meter Meter => _meter;

    /// <summary>Starts the span of what the clock found due.</summary>
    public static Activity? StartScheduled(string sync, string trigger) =>
        _source.StartActivity("pendosync.schedule", ActivityKind.Internal)?.SetTag("pendosync.sync", sync).SetTag("pendosync.trigger", trigger);

    /// <summary>Starts the span of a request that was taken from its queue, as a child of whoever asked.</summary>
    public static Activity? StartRequested(SyncRequest request) => _source
        .StartActivity("pendosync.request", ActivityKind.Consumer, ParentOf(request.TraceParent))?.SetTag("pendosync.sync", request.Sync).SetTag("pendosync.run_id", request.RunId);

    /// <summary>Starts the span of one call to Pendo.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="host">Host that is called.</param>
    /// <param name="route">Path without ids.</param>
    public static Activity? StartCall(string method, string host, string route) =>
        _source.StartActivity($"{method} {route}", ActivityKind.Client)?.SetTag("http.request.method", method).SetTag("server.address", host).SetTag("url.template", route);

    /// <summary>False: nobody would see a span.</summary>
    public static bool HasListeners => _source.HasListeners();

    /// <summary>Ends the span of a call.</summary>
    public static void EndCall(Activity? activity, PendoAnswer answer)
    {
        if (activity is null)
            return;
        if (answer.Status > 0)
            activity.SetTag("http.response.status_code", answer.Status);
        if (answer.Status is 0 or >= 400)
            activity.SetTag("error.type", answer.Status > 0 ? answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture) : answer.Fault.ToString()).SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>The clock has looked at a sync: what its gauges tell.</summary>
    public static void Observe(Checkpoint checkpoint, TimeZoneInfo zone, TimeProvider clock) => SyncGauges.Observe(checkpoint, zone, clock);

    /// <summary>Starts the span of a planning.</summary>
    public static Activity? StartPlanning(string sync, string runId)
    {
        var activity = _source.StartActivity("pendosync.plan", ActivityKind.Producer);
        activity?.SetTag("pendosync.sync", sync).SetTag("pendosync.run_id", runId);
        return activity;
    }

    /// <summary>Starts the span of a delivery, as a child of the planning that made the batch.</summary>
    public static Activity? StartDelivery(RecordBatch batch)
    {
        var activity = _source.StartActivity("pendosync.deliver", ActivityKind.Consumer, ParentOf(batch.TraceParent));
        return activity?.SetTag("pendosync.sync", batch.Id.Sync).SetTag("pendosync.run_id", batch.Id.RunId)
            .SetTag("pendosync.batch", batch.Id.Number).SetTag("pendosync.records", batch.Records.Count);
    }

    /// <summary>A planning read these rows; outcomes of planned records are counted when delivered.</summary>
    public static void Planned(string sync, RunCounts plan)
    {
        Count(sync, "invalid", plan.Invalid);
        Count(sync, "unchanged", plan.Unchanged);
        Count(sync, "waiting", plan.Waiting);
    }

    /// <summary>A receipt was written.</summary>
    public static void Delivered(RecordBatch batch, RunCounts totals)
    {
        var sync = batch.Id.Sync;
        Count(sync, "accepted", totals.Accepted);
        Count(sync, "not_found", totals.NotFound);
        Count(sync, "rejected", totals.Rejected);
        Count(sync, "unknown", totals.Unknown);
        Count(sync, "given_up", totals.GivenUp);
        Count(sync, "cancelled", totals.Cancelled);
    }

    /// <summary>Pendo was called.</summary>
    public static void Called(RecordBatch batch, PendoAnswer answer)
    {
        if (_calls.Enabled)
            _calls.Add(1, new KeyValuePair<string, object?>("sync", batch.Id.Sync), new KeyValuePair<string, object?>("http.response.status_code", answer.Status));
    }

    /// <summary>Pendo answered 429.</summary>
    public static void Throttled(RecordBatch batch) => _throttled.Add(1, new KeyValuePair<string, object?>("sync", batch.Id.Sync));

    /// <summary>A run ended.</summary>
    public static void Ended(RunRecord run) => _runs.Add(1,
        new KeyValuePair<string, object?>("sync", run.Sync), new KeyValuePair<string, object?>("state", run.State.ToString().ToLowerInvariant()));

    // Without a context of its own, the span is the child of whatever is going on.
    private static ActivityContext ParentOf(string? traceParent) =>
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent) ? parent : Activity.Current?.Context ?? default;

    private static void Count(string sync, string outcome, long records)
    {
        if (records > 0)
            _records.Add(records, new KeyValuePair<string, object?>("sync", sync), new KeyValuePair<string, object?>("outcome", outcome));
    }
}
