namespace PendoFunctions.Tests.Worlds;

/// <summary>
/// A real Azurite for tables, in memory on a free port, with a clock that a test may move ahead; one for each class of tests.
/// </summary>
public class Azurite : IAsyncLifetime
{
    private AzuriteProcess? _process;

    /// <summary>The service it is: table or blob.</summary>
    protected virtual string Service => "table";

    /// <summary>The time it tells in its answers and stamps on entities.</summary>
    public TestClock Clock { get; } = new();

    /// <summary>The emulator's well-known account; not a secret.</summary>
    public string ConnectionString => _process?.ConnectionString ?? "";

    public async Task InitializeAsync() => _process = await AzuriteProcess.StartAsync(Service, Clock.Environment);

    public async Task DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        Clock.Dispose();
    }
}

/// <summary>A real Azurite for blobs.</summary>
public sealed class AzuriteBlobs : Azurite
{
    protected override string Service => "blob";
}
