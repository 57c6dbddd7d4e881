using Microsoft.Data.Sqlite;

namespace PendoSync.State;

/// <summary>One connection to the state file with its prepared statements; used by one caller at a time.</summary>
internal sealed class SqliteTableSession(SqliteConnection connection) : IDisposable
{
    private const string SelectRows = "SELECT id, version, time, row, small FROM entities WHERE tbl = $1 AND partition = $2 AND row";
    private const int PageRows = 1000;
    private const int PageBytes = 4 * 1024 * 1024;
    private bool? _survives;
    private readonly Dictionary<string, SqliteCommand> _statements = new(StringComparer.Ordinal);

    /// <summary>A statement with its parameters <c>$1, $2, …</c>; prepared at its first use.</summary>
    public SqliteCommand Statement(string sql, params ReadOnlySpan<object> values)
    {
        if (!_statements.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
                command.Parameters.AddWithValue($"${i + 1}", values[i]);
            command.Prepare();
            _statements.Add(sql, command);
            return command;
        }

        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i];
        return command;
    }

    /// <summary>
    /// Whether what is written from now on survives a power cut. With WAL a killed process loses nothing either way
    /// (https://sqlite.org/pragma.html#pragma_synchronous).
    /// </summary>
    public void SurvivePowerCut(bool survive)
    {
        if (_survives == survive)
            return;
        Execute(survive ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        _survives = survive;
    }

    /// <summary>Runs a statement.</summary>
    public void Execute(string sql, params ReadOnlySpan<object> values) => Statement(sql, values).ExecuteNonQuery();

    /// <summary>Ends a transaction without its changes; never throws over what ended it.</summary>
    public void RollBack()
    {
        try
        {
            Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // After a full disk or an I/O error SQLite has rolled back by itself (https://sqlite.org/lang_transaction.html).
        }
    }

    /// <summary>Runs a statement that returns one number.</summary>
    public long Scalar(string sql, params ReadOnlySpan<object> values) => (long)Statement(sql, values).ExecuteScalar()!;

    /// <summary>Where an entity is and which version it has; null when it does not exist.</summary>
    public EntityHead? Find(string table, string partition, string row)
    {
        using var reader = Statement("SELECT id, version FROM entities WHERE tbl = $1 AND partition = $2 AND row = $3", table, partition,
            row)
            .ExecuteReader();
        return reader.Read() ? new EntityHead(reader.GetInt64(0), reader.GetInt64(1)) : null;
    }

    /// <summary>A whole entity; null when it does not exist.</summary>
    public TableRow? Load(string table, string partition, string row)
    {
        using var reader = Statement(SelectRows + " = $3", table, partition, row).ExecuteReader();
        return reader.Read() ? Row(table, partition, reader, null) : null;
    }

    /// <summary>
    /// Entities of a range in ordinal order (SQLite compares text by bytes) with the chosen properties (null: all); only their pages are
    /// read.
    /// </summary>
    /// <returns>A page, and true when nothing of the range is left.</returns>
    public (List<TableRow> Page, bool Complete) LoadPage(string table, string partition, RowRange range, bool after,
        IReadOnlyList<string>? columns)
    {
        var sql = SelectRows + (after ? " >" : " >=") + " $3 AND ($4 = '' OR row < $4) ORDER BY row LIMIT $5";
        using var reader = Statement(sql, table, partition, range.From ?? "", range.Before ?? "", PageRows).ExecuteReader();
        var page = new List<TableRow>();
        for (var bytes = 0L; bytes < PageBytes; bytes += page[^1].Properties.Values.Sum(value => value is byte[] binary
            ? binary.Length : 0L))
        {
            if (!reader.Read())
                return (page, page.Count < PageRows);
            page.Add(Row(table, partition, reader, columns));
        }

        return (page, false);
    }

    /// <summary>Writes the whole entity; call inside a transaction.</summary>
    public EntityHead Save(string table, TableRow row, EntityHead? old, DateTimeOffset now)
    {
        // Drawn, not counted: a deleted entity that comes again must not have the version that somebody still holds of the first.
        var version = Random.Shared.NextInt64(1, long.MaxValue);
        var time = now.UtcTicks;
        var small = JsonProperties.Write(row);
        long id;
        if (old is { } known)
        {
            id = known.Id;
            Execute("UPDATE entities SET version = $2, time = $3, small = $4 WHERE id = $1", id, version, time, small);
            Execute("DELETE FROM binaries WHERE entity = $1", id);
        }
        else
        {
            id = Scalar("INSERT INTO entities (tbl, partition, row, version, time, small) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
                table, row.Partition, row.Row, version, time, small);
        }

        foreach (var (name, value) in row.Properties)
            if (value is byte[] binary)
                Execute("INSERT INTO binaries (entity, name, value) VALUES ($1, $2, $3)", id, name, binary);
        return new EntityHead(id, version);
    }

    /// <summary>Deletes an entity if it exists; call inside a transaction.</summary>
    public void Delete(string table, string partition, string row)
    {
        if (Find(table, partition, row) is not { } head)
            return;
        Execute("DELETE FROM binaries WHERE entity = $1", head.Id);
        Execute("DELETE FROM entities WHERE id = $1", head.Id);
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        connection.Dispose();
    }

    private TableRow Row(string table, string partition, SqliteDataReader reader, IReadOnlyList<string>? columns)
    {
        var row = new TableRow(partition, reader.GetString(3))
        {
            Version = reader.GetInt64(1).ToString(),
            Timestamp = new DateTimeOffset(reader.GetInt64(2), TimeSpan.Zero),
        };
        // Keys can be listed, and rows by them deleted, also where a row is damaged.
        if (columns is { Count: 0 })
            return row;
        foreach (var name in JsonProperties.Read(table, reader.GetString(4), row, columns))
            row[name] = Binary(reader.GetInt64(0), name) ?? throw new DamagedRowException(table, row);
        return row;
    }

    private byte[]? Binary(long entity, string name)
    {
        using var reader = Statement("SELECT value FROM binaries WHERE entity = $1 AND name = $2", entity, name).ExecuteReader();
        return reader.Read() ? reader.GetFieldValue<byte[]>(0) : null;
    }
}

/// <summary>What is known of an entity without its properties.</summary>
internal readonly record struct EntityHead(long Id, long Version);
