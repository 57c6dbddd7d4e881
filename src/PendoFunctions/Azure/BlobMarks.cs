using System.Globalization;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PendoSync.State;

namespace PendoFunctions.Azure;

/// <summary>
/// Marks as small blobs in the storage of the Functions host: apart from the tables, so that no restore of those takes them back.
/// </summary>
/// <param name="container">Their container; made at the first write.</param>
public sealed class BlobMarks(BlobContainerClient container) : IMarkStore
{
    /// <summary>Name of the container.</summary>
    public const string Container = "pendosync-marks";

    /// <inheritdoc/>
    public async Task<long?> ReadAsync(string id, CancellationToken ct) => (await FindAsync(id, ct)).Mark;

    /// <inheritdoc/>
    public async Task WriteAsync(string id, long mark, CancellationToken ct)
    {
        while (true)
        {
            var (before, version) = await FindAsync(id, ct);
            if (before >= mark)
                return;
            try
            {
                var text = BinaryData.FromString(mark.ToString(CultureInfo.InvariantCulture));
                await container.GetBlobClient(id).UploadAsync(text, new BlobUploadOptions
                {
                    Conditions = version is { } tag ? new BlobRequestConditions { IfMatch = tag }
                        : new BlobRequestConditions { IfNoneMatch = ETag.All },
                }, ct);
                return;
            }
            catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.ContainerNotFound)
            {
                await Call(() => container.CreateIfNotExistsAsync(cancellationToken: ct), ct);
            }
            catch (RequestFailedException e) when (e.Status is 409 or 412)
            {
                // Somebody else wrote meanwhile: the higher mark stays.
            }
            catch (Exception e) when (AzureProblems.Of(e, AzureService.Blobs, Container, ct) is { } problem)
            {
                throw problem;
            }
        }
    }

    private async Task<(long? Mark, ETag? Version)> FindAsync(string id, CancellationToken ct)
    {
        try
        {
            var found = (await container.GetBlobClient(id).DownloadContentAsync(ct)).Value;
            return (long.TryParse(found.Content.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var mark) ? mark : null,
                found.Details.ETag);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return (null, null);
        }
        catch (Exception e) when (AzureProblems.Of(e, AzureService.Blobs, Container, ct) is { } problem)
        {
            throw problem;
        }
    }

    private static async Task Call(Func<Task> call, CancellationToken ct)
    {
        try
        {
            await call();
        }
        catch (Exception e) when (AzureProblems.Of(e, AzureService.Blobs, Container, ct) is { } problem)
        {
            throw problem;
        }
    }
}
