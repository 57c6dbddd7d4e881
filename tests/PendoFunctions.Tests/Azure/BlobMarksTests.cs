using Azure.Storage.Blobs;
using PendoFunctions.Azure;
using PendoFunctions.Tests.Worlds;
using PendoSync.State;
using PendoSync.Tests.Conformance;

namespace PendoFunctions.Tests.Azure;

public sealed class BlobMarksTests(AzuriteBlobs azurite) : MarkStoreConformance, IClassFixture<AzuriteBlobs>
{
    protected override IMarkStore Open() => Open(azurite.ConnectionString);

    protected override IMarkStore OpenAway() =>
        Open(azurite.ConnectionString.Replace("127.0.0.1:", "127.0.0.1:1", StringComparison.Ordinal));

    private static BlobMarks Open(string connection)
    {
        var options = new BlobClientOptions();
        options.Retry.MaxRetries = 0;
        return new BlobMarks(new BlobServiceClient(connection, options).GetBlobContainerClient(BlobMarks.Container));
    }
}
