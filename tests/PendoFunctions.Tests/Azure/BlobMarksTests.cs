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
        // Nobody listens on the port "discard".
        Open(azurite.ConnectionString.Replace(new Uri(azurite.ConnectionString.Split("BlobEndpoint=")[1].TrimEnd(';')).Authority,
            "127.0.0.1:9", StringComparison.Ordinal));

    private static BlobMarks Open(string connection)
    {
        var options = new BlobClientOptions();
        options.Retry.MaxRetries = 0;
        return new BlobMarks(new BlobServiceClient(connection, options).GetBlobContainerClient(BlobMarks.Container));
    }
}
