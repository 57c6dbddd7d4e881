using System.Globalization;
using System.Text;
using PendoSimulator.Faults;
using PendoSync.Batches;
using PendoSync.Planning;
using PendoSync.State;

namespace PendoSync.Tests.EndToEnd;

/// <summary>Which fields a run changed, told by what Pendo held before.</summary>
public sealed class ChangedFieldsTests
{
    [Fact]
    public async Task A_run_counts_by_field_what_its_first_changed_records_changed()
    {
        await using var place = await StartAsync();
        Assert.Null((await place.RunAsync("people")).ChangedFields);
        place.Execute("update people set plan = 'y' where rowid <= 8; update people set seats = seats + 1 where rowid between 6 and 10");
        place.Execute("insert into people values ('new', 'x', 1)");

        var run = await place.RunAsync("people");
        Assert.Equal("10: plan 8, seats 5", Told(run));
        Assert.Equal(10, (await place.Simulator.Control.CallsAsync()).Count(c => c.Endpoint == "record_read"));
        place.Execute("update people set plan = 'z'");
        Assert.Equal("20: plan 20", Told(await place.RunAsync("people")));
        Assert.Null((await place.RunAsync("people")).ChangedFields);
        // What somebody else has written meanwhile is what Pendo held.
        Assert.Equal("20: ", Told(await place.RunAsync("people", RunMode.Full)));
    }

    [Fact]
    public async Task Pendo_that_cannot_be_read_costs_the_run_nothing()
    {
        await using var place = await StartAsync();
        await place.RunAsync("people");
        await place.Simulator.Control.AddFaultsAsync(new FaultRule { Endpoint = "record_read", Action = FaultAction.Status, Status = 500 });
        place.Execute("update people set plan = 'y'");

        var run = await place.RunAsync("people");
        Assert.Equal((RunState.Completed, 40L, null), (run.State, run.Counts.Accepted, run.ChangedFields));
    }

    [Fact]
    public async Task No_batch_waits_for_what_is_read_and_every_record_is_read_before_its_new_value_goes_out()
    {
        await using var place = await StartAsync("batch_size: 7");
        await place.RunAsync("people");
        place.Execute("update people set plan = 'y'");
        // Pendo answers a read only once values have arrived.
        using var wire = new Wire { ReadsWait = true };
        place.Watch(wire);

        Assert.Equal("20: plan 20", Told(await place.RunAsync("people")));
        Assert.Equal(6, wire.Batches);
        Assert.Equal(20, wire.Read.Count);
        Assert.Empty(wire.SentUnread);
        Assert.InRange(wire.MostReadsAtOnce, 1, ChangedFieldsTally.MostAtOnce);
    }

    [Fact]
    public async Task Reads_that_Pendo_never_answers_keep_nothing_back()
    {
        await using var place = await StartAsync();
        await place.RunAsync("people");
        place.Execute("update people set plan = 'y'");
        using var wire = new Wire { ReadsWait = true };
        place.Watch(wire);

        var run = await place.RunAsync("people");
        Assert.Equal((RunState.Completed, 40L, null), (run.State, run.Counts.Accepted, run.ChangedFields));
        Assert.Equal(ChangedFieldsTally.MostAtOnce, wire.MostReadsAtOnce);
    }

    private static string Told(RunRecord run) => string.Create(CultureInfo.InvariantCulture, $"{run.ChangedFields!.Compared}: "
        + $"{string.Join(", ", run.ChangedFields.Fields.Select(f => $"{f.Field} {f.Records}"))}");

    private static async Task<Installation> StartAsync(string more = "")
    {
        var place = await Installation.StartAsync("visitor:plan:string", "visitor:seats:integer");
        place.Execute("create table people(id text, plan text, seats integer); with recursive n(i) as (select 1 union all select i + 1 "
            + "from n where i < 40) insert into people select 'v' || i, 'x', i from n");
        place.Sync("people", "model: { table: people }\nobject: visitor\nbehavior: update_or_create\nkey: id\n"
            + $"fields: {{ plan: plan, seats: seats }}\n{more}\n");
        return place;
    }

    private sealed class Wire : DelegatingHandler
    {
        private readonly Lock _gate = new();
        private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly HashSet<string> _open = [];
        private int _reading;

        /// <summary>Until the first values have arrived.</summary>
        public bool ReadsWait { get; init; }

        public HashSet<string> Read { get; } = [];

        public List<string> SentUnread { get; } = [];

        public int MostReadsAtOnce { get; private set; }

        public int Batches { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            var last = request.RequestUri!.Segments[^1];
            if (request.Method == HttpMethod.Post && last == "value")
            {
                var body = await request.Content!.ReadAsStringAsync(ct);
                lock (_gate)
                {
                    Batches++;
                    SentUnread.AddRange(_open.Where(id => body.Contains($"\"{id}\"", StringComparison.Ordinal)));
                }

                var taken = await base.SendAsync(request, ct);
                _arrived.TrySetResult();
                return taken;
            }

            if (request.Method != HttpMethod.Get || !request.RequestUri.AbsolutePath.Contains("/visitor/", StringComparison.Ordinal)
                || request.RequestUri.AbsolutePath.Contains("/metadata/", StringComparison.Ordinal))
                return await base.SendAsync(request, ct);
            var key = Encoding.UTF8.GetString(Convert.FromBase64String(Uri.UnescapeDataString(last)));
            lock (_gate)
            {
                _open.Add(key);
                MostReadsAtOnce = Math.Max(MostReadsAtOnce, ++_reading);
            }

            try
            {
                if (ReadsWait)
                    await _arrived.Task.WaitAsync(ct);
                return await base.SendAsync(request, ct);
            }
            finally
            {
                lock (_gate)
                {
                    _reading--;
                    if (!ct.IsCancellationRequested)
                    {
                        _open.Remove(key);
                        Read.Add(key);
                    }
                }
            }
        }
    }
}
