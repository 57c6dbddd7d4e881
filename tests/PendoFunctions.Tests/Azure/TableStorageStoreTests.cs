using Azure.Data.Tables;
using PendoFunctions.Azure;
using PendoFunctions.Tests.Worlds;
using PendoSync.State;
using PendoSync.Tests.Conformance;

namespace PendoFunctions.Tests.Azure;

public sealed class TableStorageStoreTests(Azurite azurite) : TableStoreConformance, IClassFixture<Azurite>
{
    protected override Task<ITableStore> OpenAsync() =>
        Task.FromResult<ITableStore>(new TableStorageStore(new TableServiceClient(azurite.ConnectionString)));
}
