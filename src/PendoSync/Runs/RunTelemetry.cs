using System.Diagnostics;
using System.Diagnostics.Metrics;
using PendoSync.Batches;
using PendoSync.Pendo;
using PendoSync.State;

namespace PendoSync.Runs;

/// <summary>Counts what becomes of records, calls and runs, and starts the spans of messages.</summary>
internal static class RunTelemetry
{
    private static readonly Counter<long> _records = Telemetry.Meter.CreateCounter<long>("pendosync.records", "{record}",
        "Records by outcome");
    private static readonly Counter<long> _runs = Telemetry.Meter.CreateCounter<long>("pendosync.runs", "{run}", "Runs by final state");
    private static readonly Counter<long> _calls = Telemetry.Meter.CreateCounter<long>("pendosync.calls", "{call}",
        "Value and track calls by HTTP status");
    private static readonly Counter<long> _throttled = Telemetry.Meter.CreateCounter<long>("pendosync.throttled", "{call}", "429 answers");

    /// <summary>Starts the span of a request that was taken from its queue, as a child of whoever asked.</summary>
    public static Activity? StartRequested(SyncRequest request) => Telemetry.Source
        .StartActivity("pendosync.request", ActivityKind.Consumer, ParentOf(request.TraceParent))?.SetTag("pendosync.sync", request.Sync)
            .SetTag("pendosync.run_id", request.RunId);

    /// <summary>Starts the span of a delivery, as a child of the planning that made the batch.</summary>
    public static Activity? StartDelivery(RecordBatch batch)
    {
        var activity = Telemetry.Source.StartActivity("pendosync.deliver", ActivityKind.Consumer, ParentOf(batch.TraceParent));
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
            _calls.Add(1, new KeyValuePair<string, object?>("sync", batch.Id.Sync),
                new KeyValuePair<string, object?>("http.response.status_code", answer.Status));
    }

    /// <summary>Pendo answered 429.</summary>
    public static void Throttled(RecordBatch batch) => _throttled.Add(1, new KeyValuePair<string, object?>("sync", batch.Id.Sync));

    /// <summary>A run ended.</summary>
    public static void Ended(RunRecord run) => _runs.Add(1,
        new KeyValuePair<string, object?>("sync", run.Sync),
        new KeyValuePair<string, object?>("state", run.State.Word()));

    // Without a context of its own, the span is the child of whatever is going on.
    private static ActivityContext ParentOf(string? traceParent) =>
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent) ? parent : Activity.Current?.Context ?? default;

    private static void Count(string sync, string outcome, long records)
    {
        if (records > 0)
            _records.Add(records, new KeyValuePair<string, object?>("sync", sync), new KeyValuePair<string, object?>("outcome", outcome));
    }
}
