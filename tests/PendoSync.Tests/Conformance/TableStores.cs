using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Conformance;

public sealed class MemoryTableStoreTests : TableStoreConformance
{
    protected override Task<ITableStore> OpenAsync() => Task.FromResult<ITableStore>(new MemoryTableStore());
}

public sealed class SqliteTableStoreConformanceTests : TableStoreConformance
{
    private readonly TemporaryFolder _folder = new();

    protected override Task<ITableStore> OpenAsync() =>
        Task.FromResult<ITableStore>(new SqliteTableStore(_folder.File("state.db"), TimeProvider.System));

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
