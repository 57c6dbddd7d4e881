using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using PendoSync.State;

namespace PendoFunctions.Azure;

/// <summary>Tables in Azure Table Storage. Its clock is the service's own, from the answers' Date header and the entities' timestamps.</summary>
public sealed class TableStorageStore(TableServiceClient service) : ITableStore
{
    private static readonly string[] KeyColumns = ["PartitionKey", "RowKey", "Timestamp"];

    // The header tells whole seconds, and a second server may lag a little: what was once seen is never taken back.
    private long _latest;

    /// <inheritdoc/>
    public async Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct)
    {
        TableLimits.CheckKey(table, partition);
        TableLimits.CheckKey(table, row);
        var answer = await Call(table, client => client.GetEntityIfExistsAsync<TableEntity>(partition, row, cancellationToken: ct));
        var found = answer.HasValue ? TableEntities.ToRow(answer.Value!) : null;
        return new TableAnswer<TableRow?>(found, Now(answer.GetRawResponse(), found?.Timestamp ?? default));
    }

    /// <inheritdoc/>
    public Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct) =>
        WriteIfAsync(table, row, (client, entity) => client.AddEntityAsync(entity, ct), ct);

    /// <inheritdoc/>
    public Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) => version.Length == 0
        ? throw new ProblemException(ProblemKind.Internal, "an entity is replaced without its version", $"{table}/{row.Partition}/{row.Row}")
        : WriteIfAsync(table, row, (client, entity) => client.UpdateEntityAsync(entity, new ETag(version), TableUpdateMode.Replace, ct), ct);

    /// <inheritdoc/>
    public Task<TableWrite> UpsertAsync(string table, TableRow row, CancellationToken ct) =>
        WriteIfAsync(table, row, (client, entity) => client.UpsertEntityAsync(entity, TableUpdateMode.Replace, ct), ct);

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
        await using var pages = service.GetTableClient(table).QueryAsync<TableEntity>(filter, select: select, cancellationToken: ct)
            .AsPages().GetAsyncEnumerator(ct);
        while (await NextPage(table, pages))
        {
            foreach (var entity in pages.Current.Values)
                yield return TableEntities.ToRow(entity);
        }
    }

    /// <inheritdoc/>
    public async Task UpsertManyAsync(string table, string partition, IReadOnlyList<TableRow> rows, CancellationToken ct)
    {
        foreach (var group in TableLimits.Groups(table, partition, rows).ToList())
        {
            var actions = group.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, TableEntities.ToEntity(row))).ToList();
            await Call(table, client => client.SubmitTransactionAsync(actions, ct));
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
        var actions = rows.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(partition, row), ETag.All)).ToList();
        try
        {
            await service.GetTableClient(table).SubmitTransactionAsync(actions, ct);
            return true;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return false;
        }
        catch (RequestFailedException e)
        {
            throw TableProblems.From(e, table);
        }
    }

    private async Task DeleteOne(string table, string partition, string row, CancellationToken ct)
    {
        try
        {
            await service.GetTableClient(table).DeleteEntityAsync(partition, row, ETag.All, ct);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // Gone is what was asked for.
        }
        catch (RequestFailedException e)
        {
            throw TableProblems.From(e, table);
        }
    }

    private async Task<TableWrite> WriteIfAsync(string table, TableRow row, Func<TableClient, TableEntity, Task<Response>> write, CancellationToken ct)
    {
        TableLimits.Check(table, row);
        ct.ThrowIfCancellationRequested();
        try
        {
            var answer = await Call(table, client => write(client, TableEntities.ToEntity(row)));
            return new TableWrite(true, answer.Headers.ETag?.ToString() ?? "", Now(answer));
        }
        catch (ProblemException e) when (e.InnerException is RequestFailedException inner && TableProblems.IsRefusedCondition(inner))
        {
            return new TableWrite(false, "", inner.GetRawResponse() is { } answer ? Now(answer) : new DateTimeOffset(Interlocked.Read(ref _latest), TimeSpan.Zero));
        }
    }

    /// <summary>One call; a missing table is made, which happens only where no template made it.</summary>
    private async Task<T> Call<T>(string table, Func<TableClient, Task<T>> call)
    {
        var client = service.GetTableClient(table);
        try
        {
            return await call(client);
        }
        catch (RequestFailedException e) when (e.Status == 404 && e.ErrorCode == TableErrorCode.TableNotFound)
        {
            return await CallAgain(table, client, call);
        }
        catch (RequestFailedException e)
        {
            throw TableProblems.From(e, table);
        }
    }

    private static async Task<T> CallAgain<T>(string table, TableClient client, Func<TableClient, Task<T>> call)
    {
        try
        {
            await client.CreateIfNotExistsAsync();
            return await call(client);
        }
        catch (RequestFailedException e)
        {
            throw TableProblems.From(e, table);
        }
    }

    private static async Task<bool> NextPage(string table, IAsyncEnumerator<Page<TableEntity>> pages)
    {
        try
        {
            return await pages.MoveNextAsync();
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return false;
        }
        catch (RequestFailedException e)
        {
            throw TableProblems.From(e, table);
        }
    }

    private DateTimeOffset Now(Response answer, DateTimeOffset timestamp = default)
    {
        var seen = Math.Max(answer.Headers.Date?.UtcTicks ?? 0, timestamp.UtcTicks);
        while (true)
        {
            var latest = Interlocked.Read(ref _latest);
            if (seen <= latest)
                return new DateTimeOffset(latest, TimeSpan.Zero);
            if (Interlocked.CompareExchange(ref _latest, seen, latest) == latest)
                return new DateTimeOffset(seen, TimeSpan.Zero);
        }
    }
}
