using System.Data.Common;
using System.Net.Sockets;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Drivers;

/// <summary>What SQL systems have in common that are read through an ADO.NET driver.</summary>
internal abstract class DriverWarehouse(WarehouseContext context, SqlDialect dialect) : IWarehouse, IDriverRules
{
    private const int EpilogueSeconds = 10;
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
        var column = from is null ? null : await FindAsync(connection, model, from.Cursor?.Column ?? from.Key!.Column, ct);
        return await ReadAsync(connection, dialect.Select(model, from, column), column, ct);
    }, ct);

    /// <inheritdoc/>
    public async Task CheckAsync(Model? model, CancellationToken ct)
    {
        var statement = new SqlStatement(model is null ? "select 1" : dialect.SelectSample(model), null);
        await using var reader = await RunAsync(connection => ReadAsync(connection, statement, null, ct), ct);
        await reader.ReadAsync(ct);
    }

    /// <inheritdoc/>
    public bool IsTransient(Exception error) => error switch
    {
        ProblemException problem => problem.Problem.Kind == ProblemKind.Transient,
        DbException => Explain(error).Problem.Kind == ProblemKind.Transient,
        _ => error is IOException or SocketException or TimeoutException,
    };

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public virtual bool ReadsAsync => true;

    /// <inheritdoc/>
    public abstract ProblemException Explain(Exception error);

    /// <inheritdoc/>
    public async Task EndAsync(DbConnection connection)
    {
        if (Epilogue is null)
            return;
        try
        {
            await using var command = connection.CreateCommand();
            command.CommandText = Epilogue;
            command.CommandTimeout = EpilogueSeconds;
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception error) when (Causes.IsDriver(error))
        {
            // The connection is broken, and so is what it held.
        }
    }

    /// <inheritdoc/>
    public abstract string DecimalText(DbDataReader rows, int ordinal);

    /// <summary>A closed connection with its settings; with <paramref name="refresh"/> the last password was refused.</summary>
    protected abstract ValueTask<DbConnection> ConnectionAsync(bool refresh, CancellationToken ct);

    /// <summary>The problem behind an error of opening a connection.</summary>
    protected abstract ProblemException ExplainConnect(Exception error);

    /// <summary>True for the error that says the password is wrong.</summary>
    protected abstract bool IsWrongPassword(Exception error);

    /// <summary>True for the error that says a sleeping database is being started.</summary>
    protected virtual bool IsColdStart(Exception error) => false;

    /// <summary>Statements before the first read of a connection.</summary>
    protected virtual IReadOnlyList<string> Prologue => [];

    /// <summary>The statement that ends what they began; null: none is needed.</summary>
    protected virtual string? Epilogue => null;

    /// <summary>True where only a prepared statement gives every value with all its digits.</summary>
    protected virtual bool Prepares(SqlStatement statement) => false;

    /// <summary>The columns of an open reader and how their cells are read.</summary>
    protected abstract (IReadOnlyList<WarehouseColumn> Columns, CellReading[] Reading) Describe(DbDataReader rows);

    /// <summary>Binds a cursor value in the type that its column has.</summary>
    protected abstract void Bind(DbParameter parameter, CursorValue value, WarehouseColumn column);

    /// <summary>Reads a number of the settings.</summary>
    /// <exception cref="ProblemException">Configuration: it is none, or not above 0.</exception>
    protected async ValueTask<uint> NumberAsync(string name, CancellationToken ct) =>
        uint.TryParse(await Context.GetAsync(name, ct), out var number) && number is > 0 and <= int.MaxValue
            ? number
            : throw Problems.Configuration($"'{name}' is not a positive whole number", $"Correct '{name}'.");

    // Closed here, and once: a connection holds one open result, and a driver may take a second close for that of the next one.
    private async Task<WarehouseColumn> FindAsync(DbConnection connection, Model model, string name, CancellationToken ct)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = dialect.SelectColumns(model);
        command.CommandTimeout = 0;
        await using var rows = await command.ExecuteReaderAsync(ct);
        return Problems.Find(Describe(rows).Columns, name);
    }

    private async Task<DriverReader> ReadAsync(DbConnection connection, SqlStatement statement, WarehouseColumn? column,
        CancellationToken ct)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement.Text;
        command.CommandTimeout = 0;
        if (statement.Parameter is { } value)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = dialect.Marker;
            if (value is CursorValue cursor)
                Bind(parameter, cursor, column!);
            else
                parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        if (Prepares(statement))
            await command.PrepareAsync(ct);
        var rows = await command.ExecuteReaderAsync(ct);
        var (columns, reading) = Describe(rows);
        return new DriverReader(connection, command, rows, columns, reading, this, ct);
    }

    private async Task<DriverReader> RunAsync(Func<DbConnection, Task<DriverReader>> run, CancellationToken ct) =>
        await SilentServer.OpenAsync(StartAsync(await ConnectAsync(ct), run, ct), ct);

    private async Task<DriverReader> StartAsync(DbConnection connection, Func<DbConnection, Task<DriverReader>> run, CancellationToken ct)
    {
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
            await EndAsync(connection);
            await connection.DisposeAsync();
            ct.ThrowIfCancellationRequested();
            if (Causes.IsDriver(error))
                throw Explain(error);
            throw;
        }
    }

    private async Task<DbConnection> ConnectAsync(CancellationToken ct)
    {
        var started = Context.Clock.GetTimestamp();
        for (var (tried, refresh) = (1, false); ; tried++)
        {
            var connection = await ConnectionAsync(refresh, ct);
            try
            {
                await connection.OpenAsync(ct);
                return connection;
            }
            catch (Exception error) when (error is not ProblemException)
            {
                await connection.DisposeAsync();
                ct.ThrowIfCancellationRequested();
                var problem = ExplainConnect(error);
                var cold = IsColdStart(error) && Context.Clock.GetElapsedTime(started) < ColdStartLimit;
                refresh = tried == 1 && IsWrongPassword(error) && Context.Has("password");
                if (!cold && !refresh && !(tried == 1 && problem.Problem.Kind == ProblemKind.Transient))
                    throw problem;
                if (!refresh)
                    await Task.Delay(cold ? ColdStartPause : RetryPause, Context.Clock, ct);
            }
        }
    }
}
