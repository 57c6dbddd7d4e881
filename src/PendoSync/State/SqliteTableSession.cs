using System.Text;
using Microsoft.Data.Sqlite;

namespace PendoSync.State;

/// <summary>One connection to the state file with its prepared statements; used by one caller at a time.</summary>
internal sealed class SqliteTableSession(SqliteConnection connection) : IDisposable
{
    private const long Text = 1;
    private const long Flag = 2;
    private const long Number = 3;
    private const long Fraction = 4;
    private const long Time = 5;
    private const long Binary = 6;

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

    /// <summary>Runs a statement.</summary>
    public void Execute(string sql, params ReadOnlySpan<object> values) => Statement(sql, values).ExecuteNonQuery();

    /// <summary>Runs a statement that returns one number.</summary>
    public long Scalar(string sql, params ReadOnlySpan<object> values) => (long)Statement(sql, values).ExecuteScalar()!;

    /// <summary>Where an entity is and which version it has; null when it does not exist.</summary>
    public EntityHead? Find(string table, string partition, string row)
    {
        using var reader = Statement("SELECT id, version, time FROM entities WHERE tbl = $1 AND partition = $2 AND row = $3", table, partition, row)
            .ExecuteReader();
        return reader.Read() ? new EntityHead(reader.GetInt64(0), row, reader.GetInt64(1), reader.GetInt64(2)) : null;
    }

    /// <summary>Heads of a range in ordinal order (SQLite compares text by bytes).</summary>
    public List<EntityHead> FindRange(string table, string partition, string from, bool after, string? before, int limit)
    {
        var sql = "SELECT id, version, time, row FROM entities WHERE tbl = $1 AND partition = $2 AND row " + (after ? ">" : ">=")
            + " $3 AND ($4 = '' OR row < $4) ORDER BY row LIMIT $5";
        using var reader = Statement(sql, table, partition, from, before ?? "", limit).ExecuteReader();
        var heads = new List<EntityHead>();
        while (reader.Read())
            heads.Add(new EntityHead(reader.GetInt64(0), reader.GetString(3), reader.GetInt64(1), reader.GetInt64(2)));
        return heads;
    }

    /// <summary>The entity with the chosen properties (null: all); only their pages are read.</summary>
    public TableRow Load(string partition, EntityHead head, IReadOnlyList<string>? columns)
    {
        var row = new TableRow(partition, head.Row)
        {
            Version = head.Version.ToString(),
            Timestamp = new DateTimeOffset(head.Time, TimeSpan.Zero),
        };
        if (columns is null)
            LoadProperties(row, Statement("SELECT name, kind, value FROM properties WHERE entity = $1", head.Id));
        foreach (var column in columns ?? [])
            LoadProperties(row, Statement("SELECT name, kind, value FROM properties WHERE entity = $1 AND name = $2", head.Id, column));
        return row;
    }

    /// <summary>Writes the whole entity; call inside a transaction.</summary>
    public EntityHead Save(string table, TableRow row, EntityHead? old, DateTimeOffset now)
    {
        var version = Scalar("UPDATE meta SET value = value + 1 WHERE name = 'version' RETURNING value");
        var time = Math.Max(now.UtcTicks, old?.Time ?? 0);
        long id;
        if (old is { } known)
        {
            id = known.Id;
            Execute("UPDATE entities SET version = $2, time = $3 WHERE id = $1", id, version, time);
            Execute("DELETE FROM properties WHERE entity = $1", id);
        }
        else
        {
            id = Scalar("INSERT INTO entities (tbl, partition, row, version, time) VALUES ($1, $2, $3, $4, $5) RETURNING id",
                table, row.Partition, row.Row, version, time);
        }

        foreach (var (name, value) in row.Properties)
        {
            var (kind, stored) = Encode(value);
            Execute("INSERT INTO properties (entity, name, kind, value) VALUES ($1, $2, $3, $4)", id, name, kind, stored);
        }

        return new EntityHead(id, row.Row, version, time);
    }

    /// <summary>Deletes an entity if it exists; call inside a transaction.</summary>
    public void Delete(string table, string partition, string row)
    {
        if (Find(table, partition, row) is not { } head)
            return;
        Execute("DELETE FROM properties WHERE entity = $1", head.Id);
        Execute("DELETE FROM entities WHERE id = $1", head.Id);
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        connection.Dispose();
    }

    private static void LoadProperties(TableRow row, SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        while (reader.Read())
            row[reader.GetString(0)] = Decode(reader.GetInt64(1), reader);
    }

    private static (long Kind, object Stored) Encode(object value) => value switch
    {
        string text => (Text, text),
        bool flag => (Flag, flag ? 1L : 0L),
        long number => (Number, number),
        double number => (Fraction, number),
        DateTimeOffset time => (Time, time.UtcTicks),
        byte[] bytes => (Binary, bytes),
        _ => throw new ProblemException(ProblemKind.Internal, $"no table store keeps a {value.GetType().Name}"),
    };

    // Text is read as bytes: SQLite's own text functions stop at a NUL character.
    private static object Decode(long kind, SqliteDataReader reader) => kind switch
    {
        Text => Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(2)),
        Flag => reader.GetInt64(2) != 0,
        Number => reader.GetInt64(2),
        Fraction => reader.GetDouble(2),
        Time => new DateTimeOffset(reader.GetInt64(2), TimeSpan.Zero),
        Binary => reader.GetFieldValue<byte[]>(2),
        _ => throw new ProblemException(ProblemKind.State, $"the state file holds a property of unknown kind {kind}"),
    };
}

/// <summary>What is known of an entity without its properties; time in UTC ticks.</summary>
internal readonly record struct EntityHead(long Id, string Row, long Version, long Time);
