using System.Text.RegularExpressions;
using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Worlds;
using PendoSync.Values;

namespace PendoSync.Tests.Runs;

/// <summary>What a state belongs to, how batches of a sync are sent, and how patient a run is.</summary>
public sealed class SyncContextTests
{
    private static readonly SyncContext _values = ContextOf(PendoObject.Visitor);
    private static readonly SyncContext _events = ContextOf(PendoObject.TrackEvent);

    [Fact]
    public void A_state_of_another_place_in_Pendo_is_foreign_and_a_new_one_is_not()
    {
        var state = new Checkpoint { Sync = "world", Seeds = HashSeeds.Random() };
        Assert.False(_values.IsForeign(state));
        state = state with { Identity = _values.Identity };
        Assert.False(_values.IsForeign(state));
        Assert.False((_values with { Sync = _values.Sync with { Key = "ID", Behavior = Behavior.UpdateOnly } }).IsForeign(state));
        foreach (var other in new[]
        {
            _values.Sync with { Pendo = "other" }, _values.Sync with { Object = PendoObject.Account },
            _values.Sync with { Group = "agent" }, _values.Sync with { Key = "email" },
        })
            Assert.True((_values with { Sync = other }).IsForeign(state), other.ToString());

        var sent = state with { Identity = _events.Identity };
        Assert.False(_events.IsForeign(sent));
        // Events go to an app, whatever group stands there.
        Assert.False((_events with { Sync = _events.Sync with { Group = "agent" } }).IsForeign(sent));
        Assert.True((_events with { Sync = _events.Sync with { Event = _events.Sync.Event! with { App = "mobile" } } }).IsForeign(sent));
    }

    [Fact]
    public void A_batch_is_sent_as_its_definition_says()
    {
        Assert.Equal(("test", PendoObject.Visitor, true, null, DeliveryPolicy.AtLeastOnce, 100, 16, false), TargetOf(_values));
        Assert.Equal("custom", _values.Target.Group);
        Assert.False((_values with { Sync = _values.Sync with { Behavior = Behavior.UpdateOnly } }).Target.Create);
        var defined = _events.Sync.Event! with { Chunk = 7, Concurrency = 5, SendTooOld = true, Delivery = DeliveryPolicy.AtMostOnce };
        Assert.Equal(("test", PendoObject.TrackEvent, false, "web", DeliveryPolicy.AtMostOnce, 7, 5, true),
            TargetOf(_events with { Sync = _events.Sync with { Event = defined } }));

        static (string, PendoObject, bool, string?, DeliveryPolicy, int, int, bool) TargetOf(SyncContext context) =>
            context.Target is var t ? (t.Connection, t.Object, t.Create, t.App, t.Delivery, t.Chunk, t.Concurrency, t.SendTooOld) : default;
    }

    [Fact]
    public void A_sync_without_a_zone_has_its_warehouses()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        Assert.Equal((TimeZoneInfo.Utc, "visitorId", false, true), (_values.Zone, _values.IdName, _values.IsEvents, _events.IsEvents));
        Assert.Equal(berlin, (_values with { Sync = _values.Sync with { TimeZone = berlin } }).Zone);
    }

    [Fact]
    public void A_run_reads_from_Pendo_as_patiently_as_it_delivers_and_its_process_has_a_name_of_its_own()
    {
        var options = new EngineOptions();
        Assert.Equal(new PendoPatience(5, TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(5)), options.Reads);
        Assert.Equal(33_554_432, options.LargeSnapshot);
        Assert.Matches(new Regex("^[0-9a-f]{12}$"), options.Owner);
        Assert.NotEqual(options.Owner, new EngineOptions().Owner);
    }

    private static SyncContext ContextOf(PendoObject what) =>
        new World(new WorldSetup { Object = what }).StartProcess().Engine.ContextOf(World.Sync);
}
