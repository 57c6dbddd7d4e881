using PendoSync.Definitions;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>What Pendo does wrong, one by one and mixed. The table in tests/README.md is this test's <see cref="Cases"/>.</summary>
public sealed class PendoFaultTests
{
    // A throttled batch is given up after a day; every call of that day is simulated.
    private static readonly TimeSpan _giveUpAfter = TimeSpan.FromHours(Full.Wanted ? 24 : 2);

    private static readonly WorldSetup[] _setups =
    [
        new() { Object = PendoObject.Visitor, GiveUpAfter = _giveUpAfter },
        new() { Object = PendoObject.TrackEvent, Delivery = DeliveryPolicy.AtLeastOnce, GiveUpAfter = _giveUpAfter },
        new() { Object = PendoObject.TrackEvent, Delivery = DeliveryPolicy.AtMostOnce, GiveUpAfter = _giveUpAfter },
    ];

    /// <summary>Name, what Pendo does, how a run of visitors and one of events end when it goes on for ever.</summary>
    private static readonly FaultCase[] _cases =
    [
        new("400", new PendoFault(400) { Body = "bad" }, RunState.Failed, RunState.Completed),
        new("401", new PendoFault(401), RunState.Failed, RunState.Failed),
        new("403", new PendoFault(403), RunState.Failed, RunState.Failed),
        new("404", new PendoFault(404), RunState.Failed, RunState.Failed),
        new("408", new PendoFault(408), RunState.Failed, RunState.Completed),
        new("408 applied", new PendoFault(408, Apply: true), RunState.Failed, RunState.Completed),
        new("409", new PendoFault(409), RunState.Failed, RunState.Completed),
        new("413", new PendoFault(413), RunState.Failed, RunState.Completed),
        new("429", new PendoFault(429), RunState.Failed, RunState.Failed),
        new("429 with Retry-After", new PendoFault(429) { RetryAfter = "7" }, RunState.Failed, RunState.Failed),
        new("429 with an absurd Retry-After", new PendoFault(429) { RetryAfter = "99999999" }, RunState.Failed, RunState.Failed),
        new("429 with a senseless Retry-After", new PendoFault(429) { RetryAfter = "-5, soon" }, RunState.Failed, RunState.Failed),
        new("500", new PendoFault(500), RunState.Failed, RunState.Completed),
        new("500 applied", new PendoFault(500, Apply: true), RunState.Failed, RunState.Completed),
        new("502", new PendoFault(502), RunState.Failed, RunState.Completed),
        new("504, applied a minute later", new PendoFault(504) { Late = TimeSpan.FromMinutes(1) }, RunState.Failed, RunState.Completed),
        new("silence, applied in the end", new PendoFault(0) { Silent = true, Late = TimeSpan.FromSeconds(295) }, RunState.Failed,
            RunState.Completed),
        new("503", new PendoFault(503), RunState.Failed, RunState.Failed),
        new("connection refused", new PendoFault(0) { Refuse = true }, RunState.Failed, RunState.Failed),
        new("reset before applying", new PendoFault(0), RunState.Failed, RunState.Completed),
        new("reset after applying", new PendoFault(0, Apply: true), RunState.Failed, RunState.Completed),
        new("silence", new PendoFault(0) { Silent = true }, RunState.Failed, RunState.Completed),
        new("silence after applying", new PendoFault(0, Apply: true) { Silent = true }, RunState.Failed, RunState.Completed),
        new("slow drip", new PendoFault(200, Apply: true) { Drip = TimeSpan.FromMilliseconds(100) },
            RunState.Completed, RunState.Completed),
        new("drip that takes too long", new PendoFault(200, Apply: true) { Drip = TimeSpan.FromSeconds(5) },
            RunState.Failed, RunState.Completed),
        new("truncated JSON", new PendoFault(200, Apply: true) { Body = """{"total":4,"upd""" }, RunState.Failed, RunState.Completed),
        new("HTML", new PendoFault(200) { Body = "<html><body>Sign in</body></html>" }, RunState.Failed,
            RunState.Failed) { EventsAreRefused = true },
        new("counts that do not add up", new PendoFault(200, Apply: true) { Body = """{"total":4,"updated":3,"failed":7}""" },
            RunState.Failed, RunState.Completed),
        new("failed without details", new PendoFault(200) { Body = """{"total":4,"updated":0,"failed":4}""" }, RunState.Completed,
            RunState.Completed) { EventsAreLost = true },
    ];

    public static TheoryData<int, string> Cases()
    {
        var data = new TheoryData<int, string>();
        for (var setup = 0; setup < _setups.Length; setup++)
            foreach (var fault in _cases)
                data.Add(setup, fault.Name);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_fault_that_stays_ends_the_run_as_documented_and_leaves_no_trace(int setup, string name)
    {
        var fault = _cases.Single(c => c.Name == name);
        var world = NewWorld(_setups[setup]);
        world.Pendo.Fault = _ => fault.Fault;
        world.Run(async () =>
        {
            var process = await world.RunSyncAsync();
            var run = await process.LastRunAsync();
            var expected = world.Setup.IsEvents ? fault.Events : fault.Values;
            Assert.Equal(expected == RunState.Completed && run.Counts.Errors > 0 ? RunState.CompletedWithErrors : expected, run.State);
            // Asking every 7 s, as Pendo wants it, with two workers; a loop without waiting would be thousands of times more.
            Assert.InRange(world.Pendo.Calls.Count, 1, 2 * (int)_giveUpAfter.TotalSeconds / 7);
            if (run.State == RunState.Failed)
                Assert.Equal((fault.IsConfiguration || (fault.EventsAreRefused && world.Setup.IsEvents) ? ProblemKind.Configuration
                    : ProblemKind.Transient, true), (run.Error!.Kind, !string.IsNullOrEmpty(run.Error.Fix)));
            await RecoverAsync(world, !fault.EventsAreLost);
        });
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_fault_of_every_fifth_call_leaves_no_trace(int setup, string name)
    {
        var fault = _cases.Single(c => c.Name == name);
        var random = new Random(name.Length + setup);
        var world = NewWorld(_setups[setup]);
        world.Pendo.Fault = _ => random.Next(5) == 0 ? fault.Fault : null;
        world.Run(async () =>
        {
            for (var i = 0; i < 3; i++)
                await world.RunSyncAsync();
            Assert.InRange(world.Pendo.Calls.Count, 1, 1000);
            await RecoverAsync(world, !fault.EventsAreLost);
        });
    }

    [Fact]
    public void All_faults_mixed_leave_no_trace()
    {
        // An answer of 200 says that an event was taken, whatever its body, unless it is a page of HTML.
        var honest = _cases.Where(c => !c.EventsAreLost).ToList();
        for (var seed = 0; seed < Full.Count(200); seed++)
        {
            var random = new Random(seed);
            var world = NewWorld(_setups[seed % _setups.Length]);
            world.Pendo.Fault = _ => random.Next(5) == 0 ? honest[random.Next(honest.Count)].Fault : null;
            try
            {
                world.Run(async () =>
                {
                    for (var i = 0; i < 4; i++)
                    {
                        await world.RunSyncAsync();
                        world.Rows[random.Next(world.Rows.Count)] = world.Rows[random.Next(world.Rows.Count)] with { Id = $"x{i}" };
                    }

                    await RecoverAsync(world, true);
                });
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}: {e.Message}");
            }
        }
    }

    [Fact]
    public void A_key_revoked_in_the_middle_of_a_run_stops_it_and_cancels_the_rest()
    {
        var world = NewWorld(_setups[0]);
        world.Pendo.Fault = call => call.Number == 0 ? null : new PendoFault(401);
        world.Run(async () =>
        {
            var run = await (await world.RunSyncAsync(workers: 1)).LastRunAsync();
            Assert.Equal((RunState.Failed, ProblemKind.Configuration), (run.State, run.Error!.Kind));
            Assert.Equal((4L, 8L), (run.Counts.Accepted, run.Counts.Cancelled));
            await RecoverAsync(world, true);
        });
    }

    // Pendo is well again and refusals are due: everything arrives.
    private static async Task RecoverAsync(World world, bool events)
    {
        world.Pendo.Fault = null;
        if (world.Setup.IsEvents && !events)
            return;
        for (var i = 0; i < 2; i++)
        {
            world.Clock.Pass(TimeSpan.FromHours(20));
            await world.RunSyncAsync();
        }

        await Judge.EndAsync(world, repeats: int.MaxValue);
    }

    private static World NewWorld(WorldSetup setup)
    {
        var world = new World(setup);
        for (var i = 0; i < 12; i++)
            world.Rows.Add(new WorldRow($"r{i}", "a", 1, new DateTime(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc)));
        return world;
    }

    private sealed record FaultCase(string Name, PendoFault Fault, RunState Values, RunState Events)
    {
        /// <summary>True when Pendo says 200 to an event that it drops; nobody can tell.</summary>
        public bool EventsAreLost { get; init; }

        /// <summary>Events stop the run as a refused secret does.</summary>
        public bool EventsAreRefused { get; init; }

        /// <summary>True when trying again cannot help.</summary>
        public bool IsConfiguration => Fault.Status is 400 or 401 or 403 or 404 or 413;
    }
}
