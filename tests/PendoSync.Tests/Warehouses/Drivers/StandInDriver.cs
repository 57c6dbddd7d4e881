using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace PendoSync.Tests.Warehouses.Drivers;

/// <summary>
/// A driver under another's name that reads a SQLite file: it shows that a dialect's statements run and that its rows are read,
/// and nothing about the other system. What SQLite cannot say is put into its words here.
/// </summary>
internal sealed class StandInDriver(string file) : DbProviderFactory
{
    private readonly Queue<DriverError> _refusals = new();

    /// <summary>The last connection string.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Every statement it was given.</summary>
    public List<string> Statements { get; } = [];

    /// <summary>The next connections are refused with these errors.</summary>
    public void Refuse(params DriverError[] errors) => Array.ForEach(errors, _refusals.Enqueue);

    public override DbConnection CreateConnection() => new Connection(this, file);

    private sealed class Connection(StandInDriver driver, string file) : SqliteConnection
    {
        // The string is written for another driver.
        [System.Diagnostics.CodeAnalysis.AllowNull]
        public override string ConnectionString
        {
            get => base.ConnectionString;
            set
            {
                driver.ConnectionString = value ?? "";
                base.ConnectionString = new SqliteConnectionStringBuilder
                {
                    DataSource = file,
                    Pooling = false,
                    Mode = SqliteOpenMode.ReadOnly
                }.ConnectionString;
            }
        }

        public override Task OpenAsync(CancellationToken cancellationToken)
        {
            if (driver._refusals.TryDequeue(out var error))
                throw error;
            Open();
            CreateCollation("Latin1_General_BIN2", string.CompareOrdinal);
            CreateCollation("utf8mb4_bin", string.CompareOrdinal);
            return Task.CompletedTask;
        }

        protected override DbCommand CreateDbCommand() => new Command(driver) { Connection = this };
    }

    private sealed class Command(StandInDriver driver) : SqliteCommand
    {
        [System.Diagnostics.CodeAnalysis.AllowNull]
        public override string CommandText
        {
            get => base.CommandText;
            set
            {
                driver.Statements.Add(value ?? "");
                base.CommandText = Translate(value ?? "");
            }
        }

        protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
        {
            try
            {
                return await base.ExecuteDbDataReaderAsync(behavior, cancellationToken);
            }
            catch (SqliteException error) when (error.Message.Contains("no such table", StringComparison.Ordinal))
            {
                throw new DriverError(driver.ConnectionString.Contains("Data Source", StringComparison.OrdinalIgnoreCase)
                    ? 208 : 1146, "no such table");
            }
        }

        private static string Translate(string sql)
        {
            if (sql.StartsWith("set ", StringComparison.Ordinal) || sql.StartsWith("start transaction", StringComparison.Ordinal))
                return "select 1";
            foreach (var rows in (int[])[0, 1])
            {
                if (sql.StartsWith($"select top ({rows}) *", StringComparison.Ordinal))
                    return sql.Replace($"select top ({rows}) *", "select *", StringComparison.Ordinal) + $" limit {rows}";
            }

            return sql;
        }
    }
}

/// <summary>An error with a number, as SqlException and MySqlException have it.</summary>
internal sealed class DriverError(int number, string message) : DbException(message)
{
    public int Number => number;
}
