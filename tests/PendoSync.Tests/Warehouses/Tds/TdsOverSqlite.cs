using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace PendoSync.Tests.Warehouses.Tds;

/// <summary>
/// Answers the statements that the engine sends to SQL Server from a SQLite database: it shows that they run, and that the real driver
/// reads their rows; what T-SQL itself would say to them is the business of <c>SqlQueryTests</c>.
/// </summary>
internal sealed partial class TdsOverSqlite : IDisposable
{
    private const string Times = "yyyy-MM-dd HH:mm:ss.fffffff";
    private readonly string _name = $"Data Source=tds-{Guid.NewGuid():N};Mode=Memory;Cache=Shared";
    private readonly SqliteConnection _keep;
    private readonly int _scale;

    /// <summary>A database with the suite's table "people" and its rows, whose amounts have that many digits after the point.</summary>
    public TdsOverSqlite(IEnumerable<SuiteRow> rows, int scale = 6)
    {
        _scale = scale;
        _keep = Connect();
        // The words behind the types keep SQLite from making reals of decimals, or numbers of times.
        Execute("create table people (id bigint, name nvarchar, amount decimal_text, updated_at datetime2_text, active bit)");
        using var transaction = _keep.BeginTransaction();
        using var insert = new SqliteCommand("insert into people values (@id, @name, @amount, @at, @active)", _keep, transaction);
        foreach (var name in (string[])["@id", "@name", "@amount", "@at", "@active"])
            insert.Parameters.Add(new SqliteParameter(name, null));
        foreach (var row in rows)
        {
            object?[] values = [row.Id, row.Name, row.Amount?.ToString(CultureInfo.InvariantCulture),
                row.UpdatedAt?.UtcDateTime.ToString(Times, CultureInfo.InvariantCulture), row.Active];
            for (var i = 0; i < values.Length; i++)
                insert.Parameters[i].Value = values[i] ?? DBNull.Value;
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    public void Dispose() => _keep.Dispose();

    public TdsReply Answer(TdsRequest request)
    {
        var connection = Connect();
        try
        {
            var command = new SqliteCommand(Translate(request.Text), connection);
            foreach (var (name, parameter) in request.Parameters)
                command.Parameters.AddWithValue(name, parameter.Value is DateTime time
                    ? time.ToString(Times, CultureInfo.InvariantCulture) : parameter.Value ?? DBNull.Value);
            var reader = command.ExecuteReader();
            return new TdsReply
            {
                Columns = [.. Enumerable.Range(0, reader.FieldCount).Select(i => (reader.GetName(i), TypeOf(reader.GetDataTypeName(i))))],
                Rows = Rows(connection, reader),
            };
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            return error.Message.Contains("no such table", StringComparison.Ordinal)
                ? TdsReply.Fails(208, "Invalid object name 'no_such_table'.")
                : error.Message.Contains("no such column", StringComparison.Ordinal) ? TdsReply.Fails(207, "Invalid column name.")
                : TdsReply.Fails(102, error.Message);
        }
    }

    private static IEnumerable<object?[]> Rows(SqliteConnection connection, SqliteDataReader reader)
    {
        using (connection)
        using (reader)
        {
            while (reader.Read())
                yield return [.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : ValueOf(reader, i))];
        }
    }

    private static object ValueOf(SqliteDataReader reader, int i) => reader.GetDataTypeName(i) switch
    {
        "bit" => reader.GetBoolean(i),
        "datetime2_text" => DateTime.ParseExact(reader.GetString(i), Times, CultureInfo.InvariantCulture),
        "nvarchar" or "decimal_text" or "TEXT" => reader.GetString(i),
        _ => reader.GetInt64(i),
    };

    private TdsType TypeOf(string declared) => TdsType.Of(declared switch
    {
        "bit" => "bit",
        "nvarchar" or "TEXT" => "nvarchar(max)",
        "decimal_text" => $"decimal(30,{_scale})",
        "datetime2_text" => "datetime2(7)",
        _ => "bigint",
    });

    private static string Translate(string sql)
    {
        sql = sql.Replace("as nvarchar(4000))", "as text)", StringComparison.Ordinal)
            .Replace("\noffset 0 rows", "", StringComparison.Ordinal);
        var top = Top().Match(sql);
        return top.Success ? $"{sql.Remove(top.Index, top.Length)} limit {top.Groups["rows"].Value}".Replace("select  ", "select ",
            StringComparison.Ordinal) : sql;
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_name);
        connection.Open();
        connection.CreateCollation("Latin1_General_BIN2", string.CompareOrdinal);
        return connection;
    }

    private void Execute(string sql)
    {
        using var command = new SqliteCommand(sql, _keep);
        command.ExecuteNonQuery();
    }

    [GeneratedRegex(@"(?<=select )top \((?<rows>\d+)\) ", RegexOptions.ExplicitCapture)]
    private static partial Regex Top();
}
