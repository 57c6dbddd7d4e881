using Microsoft.Data.Sqlite;

namespace PendoSync.Tests.Worlds;

/// <summary>A warehouse in a SQLite file, as a test that kills processes changes it and compares it.</summary>
internal sealed class SqliteFile(string path)
{
    public void Execute(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Rows of two text columns, by the first.</summary>
    public Dictionary<string, string> Query(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read())
            rows.Add(reader.GetString(0), reader.GetString(1));
        return rows;
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        return connection;
    }
}
