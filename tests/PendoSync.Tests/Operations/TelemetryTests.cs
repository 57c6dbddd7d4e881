using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using PendoSync.Tests.Operations.Served;

namespace PendoSync.Tests.Operations;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Trace_follows_a_batch_from_the_clock_through_the_queue_to_Pendo()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var world = await ServedProject.CreateAsync(30);
        world.Sync("traced", "people", "batch_size: 10\nevery: 1h");
        await world.ServeAsync();
        await world.LastRunAsync("traced", _ => true);
        await world.StopAsync();

        var deliveries = spans.Where(s => s.OperationName == "pendosync.deliver" && (string?)s.GetTagItem("pendosync.sync") == "traced")
            .ToList();
        Assert.Equal(3, deliveries.Count);
        var scheduled = spans.Single(s => s.OperationName == "pendosync.schedule" && (string?)s.GetTagItem("pendosync.sync") == "traced");
        foreach (var delivery in deliveries)
        {
            Assert.Equal(scheduled.TraceId, delivery.TraceId);
            var call = Assert.Single(spans, s => s.Kind == ActivityKind.Client && s.ParentSpanId == delivery.SpanId);
            Assert.Equal(("POST", 200, "/api/v1/metadata/visitor/custom/value"),
                (call.GetTagItem("http.request.method"), call.GetTagItem("http.response.status_code"), call.GetTagItem("url.template")));
            var way = new List<string>();
            for (var span = delivery; span is not null; span = spans.SingleOrDefault(s => s.SpanId == span.ParentSpanId))
                way.Insert(0, span.OperationName);
            Assert.Equal(["pendosync.schedule", "pendosync.request", "pendosync.plan", "pendosync.deliver"], way);
        }
    }

    [Fact]
    public async Task Counters_and_gauges_tell_what_the_run_did()
    {
        var sums = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            { if (instrument.Meter.Name == Telemetry.Name) l.EnableMeasurementEvents(instrument); }
        };
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) =>
            sums.AddOrUpdate(NameOf(i, tags), value, (_, sum) => sum + value));
        listener.SetMeasurementEventCallback<double>((i, value, tags, _) => sums[NameOf(i, tags)] = value);
        listener.Start();
        await using var world = await ServedProject.CreateAsync(20);
        world.Execute(
            "insert into people values ('v1', 'again'); create table stamped as select id, plan, '2026-01-01T00:00:00Z' as at from people");
        world.Sync("measured", "stamped, cursor: at");
        await world.Simulator.Control.AddFaultsAsync(
            new PendoSimulator.Faults.FaultRule
            {
                Action = PendoSimulator.Faults.FaultAction.Status,
                Status = 429,
                RetryAfter = "1",
                Times = 1,
                Endpoint = "value_bulk"
            });
        await world.ServeAsync();
        await world.RunAsync("measured");
        await world.RunAsync("measured");
        double lag;
        do
            listener.RecordObservableInstruments();
        while (!sums.TryGetValue("pendosync.lag measured", out lag) || !sums.ContainsKey("pendosync.seconds_since_success measured"));

        Assert.Equal(20, sums["pendosync.records measured accepted"]);
        // The full read takes the first of two rows of a key, the read from the cursor on takes none of them.
        Assert.Equal(3, sums["pendosync.records measured invalid"]);
        Assert.Equal(19, sums["pendosync.records measured unchanged"]);
        Assert.Equal(2, sums["pendosync.runs measured completed_with_errors"]);
        Assert.Equal(1, sums["pendosync.throttled measured"]);
        Assert.Equal((1, 1), (sums["pendosync.calls measured 200"], sums["pendosync.calls measured 429"]));
        Assert.InRange(sums["pendosync.seconds_since_success measured"], 0, 60);
        Assert.InRange(lag, (TimeProvider.System.GetUtcNow() - new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalSeconds - 60,
            double.MaxValue);
    }

    private static string NameOf(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = instrument.Name;
        foreach (var tag in tags)
            name += " " + tag.Value;
        return name;
    }
}
