using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace PendoSync.State;

/// <summary>Tables in one SQLite file, for one machine: many threads and processes may use it at the same time.</summary>
/// <remarks>
/// A write returns when the file system has it: it survives a killed process. What was sent, and the intent to send it, also survive a
/// power cut; of the rest (rate, runs, lists for people) one may lose the last moments.
/// </remarks>
public sealed class SqliteTableStore(string path, TimeProvider clock) : ITableStore
{
    private readonly SqliteTableFile _file = new(path);

    // Writers of this process queue here in turn; SQLite's own waiting between processes is by polling.
    private readonly SemaphoreSlim _writing = new(1);

    /// <inheritdoc/>
    public Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct)
    {
        TableLimits.CheckKey(table, partition);
        TableLimits.CheckKey(table, row);
        ct.ThrowIfCancellationRequested();
        var found = Read(session => session.Load(table, partition, row), null);
        return Task.FromResult(new TableAnswer<TableRow?>(found, clock.GetUtcNow()));
    }

    /// <inheritdoc/>
    public Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct) =>
        WriteIfAsync(table, row, old => old is null, ct);

    /// <inheritdoc/>
    public Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) =>
        WriteIfAsync(table, row, old => old is { } head && head.Version.ToString() == version, ct);

    /// <inheritdoc/>
    public Task<TableWrite> UpsertAsync(string table, TableRow row, CancellationToken ct) => WriteIfAsync(table, row, _ => true, ct);

    /// <inheritdoc/>
    public async IAsyncEnumerable<TableRow> QueryAsync(string table, string partition, RowRange range, IReadOnlyList<string>? columns,
        [EnumeratorCancellation] CancellationToken ct)
    {
        TableLimits.CheckKey(table, partition);
        var from = range.From ?? "";
        var after = false;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var (page, complete) =
                Read(session => session.LoadPage(table, partition, range with { From = from }, after, columns), ([], true));
            foreach (var row in page)
                yield return row;
            if (complete)
                yield break;
            from = page[^1].Row;
            after = true;
            await Task.Yield();
        }
    }

    /// <inheritdoc/>
    public async Task UpsertManyAsync(string table, string partition, IReadOnlyList<TableRow> rows, CancellationToken ct)
    {
        foreach (var group in TableLimits.Groups(table, partition, rows).ToList())
        {
            await WriteAsync(table, session =>
            {
                foreach (var row in group)
                    session.Save(table, row, session.Find(table, partition, row.Row), clock.GetUtcNow());
                return true;
            }, ct);
        }
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string table, string partition, IReadOnlyList<string> rows, CancellationToken ct)
    {
        TableLimits.CheckKey(table, partition);
        foreach (var group in rows.Chunk(TableLimits.GroupRows))
        {
            await WriteAsync(table, session =>
            {
                foreach (var row in group)
                    session.Delete(table, partition, row);
                return true;
            }, ct);
        }
    }

    /// <summary>Notices a file that was taken away while it is open.</summary>
    /// <exception cref="ProblemException">State: it is gone.</exception>
    public void EnsureThere() => _file.EnsureThere();

    /// <summary>Closes the file.</summary>
    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        _writing.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<TableWrite> WriteIfAsync(string table, TableRow row, Func<EntityHead?, bool> condition, CancellationToken ct)
    {
        TableLimits.Check(table, row);
        return WriteAsync(table, session =>
        {
            var old = session.Find(table, row.Partition, row.Row);
            if (!condition(old))
                return new TableWrite(false, "", clock.GetUtcNow());
            var now = clock.GetUtcNow();
            return new TableWrite(true, session.Save(table, row, old, now).Version.ToString(), now);
        }, ct);
    }

    private T Read<T>(Func<SqliteTableSession, T> read, T nothing)
    {
        var session = _file.TakeForReading();
        if (session is null)
            return nothing;
        try
        {
            return read(session);
        }
        catch (SqliteException e)
        {
            throw SqliteProblems.From(e, _file.Path);
        }
        finally
        {
            _file.Return(session);
        }
    }

    private async Task<T> WriteAsync<T>(string table, Func<SqliteTableSession, T> write, CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        try
        {
            var session = _file.TakeForWriting();
            try
            {
                session.SurvivePowerCut(table is Tables.Checkpoints or Tables.Receipts or Tables.Snapshots);
                return InTransaction(session, write);
            }
            catch (SqliteException e)
            {
                throw SqliteProblems.From(e, _file.Path);
            }
            finally
            {
                _file.Return(session);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    // IMMEDIATE takes the write lock before the condition is read, so no other process can write in between.
    private static T InTransaction<T>(SqliteTableSession session, Func<SqliteTableSession, T> write)
    {
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            var result = write(session);
            session.Execute("COMMIT");
            return result;
        }
        catch
        {
            session.RollBack();
            throw;
        }
    }
}
