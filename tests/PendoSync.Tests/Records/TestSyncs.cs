using PendoSync.Definitions;

namespace PendoSync.Tests.Records;

/// <summary>Definitions of tests.</summary>
internal static class TestSyncs
{
    /// <summary>Visitors by column id.</summary>
    public static SyncDefinition Visitors { get; } = new()
    {
        Name = "visitors",
        File = "syncs/visitors.yaml",
        Warehouse = "w",
        Model = new Model { Table = "t" },
        Pendo = "p",
        Object = PendoObject.Visitor,
        Behavior = Behavior.UpdateOrCreate,
        Key = "id",
        Hash = "1111111111111111",
    };

    /// <summary>Events by column id, of visitor v at time at.</summary>
    public static SyncDefinition Events { get; } = Visitors with
    {
        Name = "events",
        Object = PendoObject.TrackEvent,
        Behavior = Behavior.Send,
        Event = new EventDefinition { App = "web", Name = new ValueSource { Constant = "paid" }, VisitorId = "v", Timestamp = "at" },
    };
}
