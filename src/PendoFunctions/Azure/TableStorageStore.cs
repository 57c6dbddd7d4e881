using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using PendoSync.State;

namespace PendoFunctions.Azure;

/// <summary>
/// Tables in Azure Table Storage. Its clock is the service's own: the Date header of each answer, in whole seconds, and no other answer's.
/// </summary>
public sealed class TableStorageStore(TableServiceClient service) : ITableStore
{
    private static readonly string[] KeyColumns = ["PartitionKey", "RowKey", "Timestamp"];

    /// <inheritdoc/>
    public async Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct)
    {
        TableLimits.CheckKey(table, partition);
        TableLimits.CheckKey(table, row);
        var answer = await Call(table, (client, limit) =>
            client.GetEntityIfExistsAsync<TableEntity>(partition, row, cancellationToken: limit), ct);
        var found = answer.HasValue ? TableEntities.ToRow(answer.Value!) : null;
        return new TableAnswer<TableRow?>(found, Now(answer.GetRawResponse()));
    }

    /// <inheritdoc/>
    public Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct) =>
        WriteIfAsync(table, row, (client, entity, limit) => client.AddEntityAsync(entity, limit), ct);

    /// <inheritdoc/>
    public Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) => version.Length == 0
        ? throw new ProblemException(ProblemKind.Internal, "an entity is replaced without its version",
            $"{table}/{row.Partition}/{row.Row}")
        : WriteIfAsync(table, row, (client, entity, limit) =>
            client.UpdateEntityAsync(entity, new ETag(version), TableUpdateMode.Replace, limit), ct);

    /// <inheritdoc/>
    public Task<TableWrite> UpsertAsync(string table, TableRow row, CancellationToken ct) =>
        WriteIfAsync(table, row, (client, entity, limit) => client.UpsertEntityAsync(entity, TableUpdateMode.Replace, limit), ct);

    /// <inheritdoc/>
    public async IAsyncEnumerable<TableRow> QueryAsync(string table, string partition, RowRange range, IReadOnlyList<string>? columns,
        [EnumeratorCancellation] CancellationToken ct)
    {
        TableLimits.CheckKey(table, partition);
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition}");
        if (range.From is { } from)
            filter += " and " + TableClient.CreateQueryFilter($"RowKey ge {from}");
        if (range.Before is { } before)
            filter += " and " + TableClient.CreateQueryFilter($"RowKey lt {before}");
        var select = columns is null ? null : KeyColumns.Concat(columns);
        using var limit = Caller.Limit(ct);
        await using var pages = service.GetTableClient(table)
            .QueryAsync<TableEntity>(filter, select: select, cancellationToken: limit.Token)
            .AsPages().GetAsyncEnumerator(limit.Token);
        while (await NextPage(table, pages, ct))
        {
            foreach (var entity in pages.Current.Values)
                yield return TableEntities.ToRow(entity);
            Caller.Renew(limit);
        }
    }

    /// <inheritdoc/>
    public async Task UpsertManyAsync(string table, string partition, IReadOnlyList<TableRow> rows, CancellationToken ct)
    {
        foreach (var group in TableLimits.Groups(table, partition, rows).ToList())
        {
            var actions =
                group.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, TableEntities.ToEntity(row)))
                .ToList();
            await Call(table, (client, limit) => client.SubmitTransactionAsync(actions, limit), ct);
        }
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string table, string partition, IReadOnlyList<string> rows, CancellationToken ct)
    {
        TableLimits.CheckKey(table, partition);
        foreach (var group in rows.Distinct(StringComparer.Ordinal).Chunk(TableLimits.GroupRows))
        {
            if (!await DeleteGroup(table, partition, group, ct))
                await Parallel.ForEachAsync(group, ct, async (row, token) => await DeleteOne(table, partition, row, token));
        }
    }

    /// <summary>Nothing to close: the client belongs to the app.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // A transaction fails as a whole when one of its entities is missing.
    private async Task<bool> DeleteGroup(string table, string partition, string[] rows, CancellationToken ct)
    {
        var actions =
            rows.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(partition, row), ETag.All))
            .ToList();
        try
        {
            using var limit = Caller.Limit(ct);
            await service.GetTableClient(table).SubmitTransactionAsync(actions, limit.Token);
            return true;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return false;
        }
        catch (Exception e) when (ProblemOf(e, table, ct) is { } problem)
        {
            throw problem;
        }
    }

    private async Task DeleteOne(string table, string partition, string row, CancellationToken ct)
    {
        try
        {
            using var limit = Caller.Limit(ct);
            await service.GetTableClient(table).DeleteEntityAsync(partition, row, ETag.All, limit.Token);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // Gone is what was asked for.
        }
        catch (Exception e) when (ProblemOf(e, table, ct) is { } problem)
        {
            throw problem;
        }
    }

    private async Task<TableWrite> WriteIfAsync(string table, TableRow row,
        Func<TableClient, TableEntity, CancellationToken, Task<Response>> write, CancellationToken ct)
    {
        TableLimits.Check(table, row);
        ct.ThrowIfCancellationRequested();
        try
        {
            var answer = await Call(table, (client, limit) => write(client, TableEntities.ToEntity(row), limit), ct);
            return new TableWrite(true, answer.Headers.ETag?.ToString() ?? "", Now(answer));
        }
        catch (ProblemException e) when (e.InnerException is RequestFailedException inner && IsRefusedCondition(inner))
        {
            return new TableWrite(false, "", Now(inner.GetRawResponse()));
        }
    }

    /// <summary>One call; a missing table is made, which happens only where no template made it.</summary>
    private async Task<T> Call<T>(string table, Func<TableClient, CancellationToken, Task<T>> call, CancellationToken ct)
    {
        var client = service.GetTableClient(table);
        using var limit = Caller.Limit(ct);
        try
        {
            return await CallOrMake(client, call, limit.Token);
        }
        catch (Exception e) when (ProblemOf(e, table, ct) is { } problem)
        {
            throw problem;
        }
    }

    private static async Task<T> CallOrMake<T>(TableClient client, Func<TableClient, CancellationToken, Task<T>> call, CancellationToken ct)
    {
        try
        {
            return await call(client, ct);
        }
        catch (RequestFailedException e) when (e.Status == 404 && e.ErrorCode == TableErrorCode.TableNotFound)
        {
            await client.CreateIfNotExistsAsync(ct);
            return await call(client, ct);
        }
    }

    /// <summary>True when the entity exists, changed or is gone: an outcome, not a problem.</summary>
    internal static bool IsRefusedCondition(RequestFailedException e) =>
        e.Status is 412 or 404 || (e.Status == 409 && e.ErrorCode == TableErrorCode.EntityAlreadyExists);

    private static ProblemException? ProblemOf(Exception thrown, string table, CancellationToken ct) =>
        AzureProblems.Of(thrown, AzureService.Tables, table, ct);

    private static async Task<bool> NextPage(string table, IAsyncEnumerator<Page<TableEntity>> pages, CancellationToken ct)
    {
        try
        {
            return await pages.MoveNextAsync();
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return false;
        }
        catch (Exception e) when (ProblemOf(e, table, ct) is { } problem)
        {
            throw problem;
        }
    }

    // One answer with a wrong date does harm to itself only.
    private static DateTimeOffset Now(Response? answer) => answer?.Headers.Date?.ToUniversalTime() ?? TimeProvider.System.GetUtcNow();
}
