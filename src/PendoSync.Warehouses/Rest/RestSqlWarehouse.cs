using System.Collections.Concurrent;
using System.Data.Common;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Rest;

/// <summary>What SQL systems behind REST have in common: a statement goes out, pages of JSON come back.</summary>
/// <param name="dialect">How the system writes SQL.</param>
/// <param name="problems">Names the connection in problems.</param>
/// <param name="caller">Calls the system; owned.</param>
internal abstract class RestSqlWarehouse(SqlDialect dialect, WarehouseProblems problems, RestCaller caller) : IWarehouse
{
    private readonly ConcurrentDictionary<Model, IReadOnlyList<WarehouseColumn>> _columns = new();

    /// <summary>How the system writes SQL.</summary>
    protected SqlDialect Dialect { get; } = dialect;

    /// <summary>Calls the system.</summary>
    protected RestCaller Caller { get; } = caller;

    /// <summary>True where names in quotes are case-sensitive, so that a filter needs the column as the system spells it.</summary>
    protected virtual bool SpellsColumns => false;

    /// <inheritdoc/>
    public async Task<DbDataReader> OpenAsync(Model model, ReadFrom? from, CancellationToken ct)
    {
        WarehouseColumn? column = null;
        if (SpellsColumns && (from?.Cursor?.Column ?? from?.Key?.Column) is { } name)
            column = problems.Find(await ColumnsAsync(model, ct), name);
        return await ExecuteAsync(Dialect.Select(model, from, column), ct);
    }

    /// <inheritdoc/>
    public virtual async Task CheckAsync(Model? model, CancellationToken ct)
    {
        await using var reader = await ExecuteAsync(new SqlStatement(model is null ? "select 1" : Dialect.SelectSample(model), null), ct);
        await reader.ReadAsync(ct);
    }

    /// <inheritdoc/>
    public virtual Task<string?> EstimateAsync(Model model, CancellationToken ct) => Task.FromResult<string?>(null);

    /// <inheritdoc/>
    public bool IsTransient(Exception error) =>
        error is ProblemException { Problem.Kind: ProblemKind.Transient or ProblemKind.Throttled } or HttpRequestException
            or IOException or TimeoutException;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Caller.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs a statement and opens its result.</summary>
    protected abstract Task<JsonPageReader> ExecuteAsync(SqlStatement statement, CancellationToken ct);

    private async Task<IReadOnlyList<WarehouseColumn>> ColumnsAsync(Model model, CancellationToken ct)
    {
        if (_columns.TryGetValue(model, out var known))
            return known;
        await using var reader = await ExecuteAsync(new SqlStatement(Dialect.SelectSample(model), null), ct);
        return _columns[model] = reader.Columns;
    }
}
