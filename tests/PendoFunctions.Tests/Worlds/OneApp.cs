using FunctionsHost;

namespace PendoFunctions.Tests.Worlds;

/// <summary>One running app with one sync of 25 visitors, for a class of tests that do not disturb each other.</summary>
public sealed class OneApp : IAsyncLifetime
{
    internal Azurite Azurite { get; } = new();

    internal AppWorld World { get; private set; } = null!;

    internal AppHost App { get; private set; } = null!;

    internal string Sync { get; private set; } = "";

    public async Task InitializeAsync()
    {
        await Azurite.InitializeAsync();
        World = await AppWorld.CreateAsync(Azurite);
        Sync = World.AddVisitors("visitors", rows: 25);
        App = await World.StartAppAsync();
    }

    public async Task DisposeAsync()
    {
        await World.DisposeAsync();
        await Azurite.DisposeAsync();
    }
}
