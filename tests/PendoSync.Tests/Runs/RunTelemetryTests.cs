using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using PendoSync.Batches;
using PendoSync.Pendo;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.State;

namespace PendoSync.Tests.Runs;

/// <summary>What is counted for dashboards and for progress bars, and which spans hang together.</summary>
public sealed class RunTelemetryTests
{
    private static readonly RunCounts _all = new()
    {
        Read = 10,
        Invalid = 1,
        Unchanged = 2,
        Waiting = 3,
        Planned = 4,
        Accepted = 5,
        NotFound = 6,
        Rejected = 7,
        Unknown = 8,
        GivenUp = 9,
        Cancelled = 10,
    };

    [Fact]
    public void Each_outcome_is_counted_by_its_word_and_none_is_counted_as_zero()
    {
        var sums = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        var said = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name != Telemetry.Name)
                    return;
                said[instrument.Name] = $"{instrument.Unit} {instrument.Description}";
                l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var all = tags.ToArray();
            if (all.Any(t => t is { Key: "sync", Value: "counted" }))
                sums.AddOrUpdate($"{instrument.Name} {string.Join(' ', all.Skip(1).Select(t => $"{t.Key}={t.Value}"))}".TrimEnd(), value,
                    (_, sum) => sum + value);
        });
        listener.Start();
        var batch = Batch("counted");
        RunTelemetry.Planned("counted", _all);
        RunTelemetry.Delivered(batch, _all);
        RunTelemetry.Delivered(batch, new RunCounts { Accepted = 1 });
        RunTelemetry.Called(batch, new PendoAnswer(202, [], null));
        RunTelemetry.Throttled(batch);
        RunTelemetry.Ended(new RunRecord { Sync = "counted", RunId = "r", State = RunState.CompletedWithErrors });
        Assert.Equal(
        [
            "pendosync.calls http.response.status_code=202: 1", "pendosync.records outcome=accepted: 6",
            "pendosync.records outcome=cancelled: 10", "pendosync.records outcome=given_up: 9", "pendosync.records outcome=invalid: 1",
            "pendosync.records outcome=not_found: 6", "pendosync.records outcome=rejected: 7", "pendosync.records outcome=unchanged: 2",
            "pendosync.records outcome=unknown: 8", "pendosync.records outcome=waiting: 3",
            "pendosync.runs state=completed_with_errors: 1", "pendosync.throttled: 1",
        ], sums.Select(s => $"{s.Key}: {s.Value}").Order(StringComparer.Ordinal));

        Assert.Equal(("{record} Records by outcome", "{run} Runs by final state", "{call} Value and track calls by HTTP status",
            "{call} 429 answers"),
            (said["pendosync.records"], said["pendosync.runs"], said["pendosync.calls"], said["pendosync.throttled"]));
        sums.Clear();
        RunTelemetry.Planned("counted", new RunCounts());
        Assert.Empty(sums);
    }

    [Fact]
    public void Spans_of_messages_are_children_of_whoever_sent_them_or_of_what_is_going_on()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        using (var request = RunTelemetry.StartRequested(new SyncRequest("traced", "r", RunMode.Full, "http", default, Parent)))
        {
            Assert.Equal(("pendosync.request", ActivityKind.Consumer, "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"),
                (request!.OperationName, request.Kind, request.TraceId.ToString(), request.ParentSpanId.ToString()));
            Assert.True(request.HasRemoteParent);
            Assert.Equal(("traced", "r"), (request.GetTagItem("pendosync.sync"), request.GetTagItem("pendosync.run_id")));
            using var delivery = RunTelemetry.StartDelivery(Batch("traced"));
            Assert.Equal(("pendosync.deliver", ActivityKind.Consumer, request.SpanId),
                (delivery!.OperationName, delivery.Kind, delivery.ParentSpanId));
            Assert.Equal(("traced", "s-1", 3, 2), (delivery.GetTagItem("pendosync.sync"), delivery.GetTagItem("pendosync.run_id"),
                delivery.GetTagItem("pendosync.batch"), delivery.GetTagItem("pendosync.records")));
        }
    }

    [Fact]
    public void Live_counts_are_the_plan_and_the_sum_of_the_receipts_until_the_run_is_forgotten()
    {
        var observer = new RunObserver();
        Assert.Equal((new RunCounts(), null), (observer.Of("s-1"), observer.AcceptedLast("s")));
        var batch = Batch("s");
        var receipt = new BatchRow(batch, "owner");
        receipt.Set(1, RecordOutcome.NotFound);
        observer.Delivered(batch, receipt, receipt.Totals() with { Accepted = 5 });
        Assert.Null(observer.AcceptedLast("s"));
        observer.Planned("s-1", _all);
        receipt.Set(1, RecordOutcome.Accepted);
        observer.Delivered(batch, receipt, receipt.Totals());
        var live = observer.Of("s-1");
        Assert.Equal((10L, 1L, 2L, 3L, 4L, 6L, 1L), (live.Read, live.Invalid, live.Unchanged, live.Waiting, live.Planned, live.Accepted,
            live.NotFound));
        Assert.Equal(("s-1", "e1"), observer.AcceptedLast("s"));

        observer.Planned("s-1", new RunCounts { Read = 20, Planned = 8 });
        Assert.Equal((20L, 0L, 8L, 6L), (observer.Of("s-1").Read, observer.Of("s-1").Invalid, observer.Of("s-1").Planned,
            observer.Of("s-1").Accepted));
        observer.Forget("s-1");
        Assert.Equal(new RunCounts(), observer.Of("s-1"));
    }

    // Two events.
    private static RecordBatch Batch(string sync)
    {
        var batch = TestBatches.Batch(2, number: 3, events: true);
        return new RecordBatch
        {
            Id = batch.Id with { Sync = sync },
            Target = batch.Target,
            Records = batch.Records,
            FirstEnqueued = batch.FirstEnqueued,
        };
    }
}
