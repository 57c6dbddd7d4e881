using System.Data.Common;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Drivers;

/// <summary>What SQL systems have in common that are read through an ADO.NET driver of the host.</summary>
internal abstract class DriverWarehouse(WarehouseContext context, string driver, SqlDialect dialect) : IWarehouse
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ColdStartPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ColdStartLimit = TimeSpan.FromSeconds(90);

    /// <summary>Its settings.</summary>
    protected WarehouseContext Context { get; } = context;

    /// <summary>Problems of this connection.</summary>
    protected WarehouseProblems Problems { get; } = new(context.Connection.Name);

    /// <inheritdoc/>
    public async Task<DbDataReader> OpenAsync(Model model, ReadFrom? from, CancellationToken ct) => await RunAsync(async connection =>
    {
        if (from is null)
            return await SelectAsync(connection, model, null, null, ct);
        await using var probe = await ExecuteAsync(connection, new SqlStatement(dialect.SelectColumns(model), null), ct);
        var column = Problems.Find(Describe(probe.Rows).Columns, from.Cursor?.Column ?? from.Key!.Column);
        await probe.DisposeAsync();
        return await SelectAsync(connection, model, from, column, ct);
    }, ct);

    /// <inheritdoc/>
    public async Task CheckAsync(Model? model, CancellationToken ct)
    {
        var statement = new SqlStatement(model is null ? "select 1" : dialect.SelectSample(model), null);
        await using var reader = await RunAsync(async connection => ReaderOf(connection, await ExecuteAsync(connection, statement, ct)),
            ct);
        await reader.ReadAsync(ct);
    }

    /// <inheritdoc/>
    public bool IsTransient(Exception error) => error switch
    {
        ProblemException problem => problem.Problem.Kind == ProblemKind.Transient,
        DbException database => database.IsTransient || IsTransient(NumberOf(database)),
        _ => error is IOException or TimeoutException,
    };

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Fills in the connection string; with <paramref name="refresh"/> the last password was refused.</summary>
    protected abstract ValueTask FillAsync(DbConnectionStringBuilder settings, bool refresh, CancellationToken ct);

    /// <summary>The problem behind an error by the vendor's number.</summary>
    protected abstract ProblemException Explain(int number, Exception error);

    /// <summary>True for the vendor's numbers that may pass.</summary>
    protected abstract bool IsTransient(int number);

    /// <summary>True for the number that says the password is wrong.</summary>
    protected abstract bool IsWrongPassword(int number);

    /// <summary>True for the number that says a sleeping database is being started.</summary>
    protected virtual bool IsColdStart(int number) => false;

    /// <summary>Statements before the first read of a connection.</summary>
    protected virtual IReadOnlyList<string> Prologue => [];

    /// <summary>The columns of an open reader and how their cells are read.</summary>
    protected abstract (IReadOnlyList<WarehouseColumn> Columns, CellReading[] Reading) Describe(DbDataReader rows);

    /// <summary>Binds a cursor value in the type that its column has.</summary>
    protected abstract void Bind(DbParameter parameter, CursorValue value);

    /// <summary>Reads the model, or the part of it.</summary>
    protected virtual async Task<DriverReader> SelectAsync(DbConnection connection, Model model, ReadFrom? from, WarehouseColumn? column,
        CancellationToken ct) =>
        ReaderOf(connection, await ExecuteAsync(connection, dialect.Select(model, from, column), ct));

    /// <summary>Runs one statement.</summary>
    protected async Task<Running> ExecuteAsync(DbConnection connection, SqlStatement statement, CancellationToken ct)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement.Text;
        command.CommandTimeout = 0;
        if (statement.Parameter is { } value)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = dialect.Marker;
            if (value is CursorValue cursor)
                Bind(parameter, cursor);
            else
                parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        return new Running(command, await command.ExecuteReaderAsync(ct));
    }

    /// <summary>A reader that owns connection and command.</summary>
    protected DriverReader ReaderOf(DbConnection connection, Running running)
    {
        var (columns, reading) = Describe(running.Rows);
        return new DriverReader(connection, running.Command, running.Rows, columns, reading, error => Explain(NumberOf(error), error));
    }

    private async Task<DriverReader> RunAsync(Func<DbConnection, Task<DriverReader>> run, CancellationToken ct)
    {
        var connection = await ConnectAsync(ct);
        try
        {
            foreach (var text in Prologue)
            {
                await using var command = connection.CreateCommand();
                command.CommandText = text;
                await command.ExecuteNonQueryAsync(ct);
            }

            return await run(connection);
        }
        catch (Exception error)
        {
            await connection.DisposeAsync();
            ct.ThrowIfCancellationRequested();
            throw error is DbException or IOException ? Explain(NumberOf(error), error) : error;
        }
    }

    private async Task<DbConnection> ConnectAsync(CancellationToken ct)
    {
        var factory = WarehouseDrivers.Find(driver) ?? throw Problems.Configuration($"this build holds no {driver} driver",
            "The Functions app has it; build the command line with -p:AllDrivers=true.");
        var started = Context.Clock.GetTimestamp();
        for (var (tried, refresh) = (1, false); ; tried++)
        {
            var settings = new DbConnectionStringBuilder();
            await FillAsync(settings, refresh, ct);
            var connection = factory.CreateConnection()!;
            try
            {
                connection.ConnectionString = settings.ConnectionString;
                await connection.OpenAsync(ct);
                return connection;
            }
            catch (Exception error) when (error is DbException or IOException or InvalidOperationException or ArgumentException)
            {
                await connection.DisposeAsync();
                ct.ThrowIfCancellationRequested();
                var number = NumberOf(error);
                var cold = IsColdStart(number) && Context.Clock.GetElapsedTime(started) < ColdStartLimit;
                refresh = tried == 1 && IsWrongPassword(number) && Context.Has("password");
                if (!cold && !refresh && !(tried == 1 && IsTransient(number)))
                    throw Explain(number, error);
                if (!refresh)
                    await Task.Delay(cold ? ColdStartPause : RetryPause, Context.Clock, ct);
            }
        }
    }

    // Both drivers put the vendor's number into a property of that name; the engine does not know their exception types.
    private static int NumberOf(Exception error) => error.GetType().GetProperty("Number")?.GetValue(error) is int number ? number : 0;

    /// <summary>A command and its rows.</summary>
    protected sealed record Running(DbCommand Command, DbDataReader Rows) : IAsyncDisposable
    {
        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            await Rows.DisposeAsync();
            await Command.DisposeAsync();
        }
    }
}
