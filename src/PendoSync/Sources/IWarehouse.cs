using System.Data.Common;
using PendoSync.Definitions;
using PendoSync.Values;

namespace PendoSync.Sources;

/// <summary>A system rows are read from. One instance serves one connection of the project; calls may come from several threads.</summary>
public interface IWarehouse : IAsyncDisposable
{
    /// <summary>
    /// Opens one forward-only read. The reader streams: memory does not grow with the rows. Disposing it frees everything it opened.
    /// Column names are those of the model; types are what the system documents (see <see cref="WarehouseColumn"/>).
    /// </summary>
    /// <param name="model">What to read.</param>
    /// <param name="from">Null: everything. Else the part of it, filtered by the system itself with bound parameters.</param>
    /// <param name="ct">Cancels the query too, where the system can.</param>
    /// <exception cref="ProblemException">Connection (host, port, login), Configuration (database, table, column, grant) or Transient, each
    /// with a fix.</exception>
    Task<DbDataReader> OpenAsync(Model model, ReadFrom? from, CancellationToken ct);

    /// <summary>Proves that the connection works and, with a model, that it can be read; reads no more than a row.</summary>
    /// <exception cref="ProblemException">As <see cref="OpenAsync"/>.</exception>
    Task CheckAsync(Model? model, CancellationToken ct);

    /// <summary>
    /// What reading the model would cost, in words for a person ("12.3 GB processed"); null where the system has no such estimate.
    /// </summary>
    Task<string?> EstimateAsync(Model model, CancellationToken ct) => Task.FromResult<string?>(null);

    /// <summary>
    /// True when <paramref name="error"/>, met while reading, is worth a new attempt (dropped connection, cold start, 503).
    /// </summary>
    bool IsTransient(Exception error);
}

/// <summary>The part of a model to read. Exactly one member is set.</summary>
/// <param name="Cursor">Rows whose cursor is at or above the value, and rows whose cursor is null.</param>
/// <param name="Key">The rows of one key.</param>
public sealed record ReadFrom(CursorFrom? Cursor, KeyFilter? Key)
{
    /// <summary>Rows from a cursor value on.</summary>
    public static ReadFrom At(string column, CursorValue value) => new(new CursorFrom(column, value), null);

    /// <summary>The rows of one key.</summary>
    public static ReadFrom OneKey(string column, string key) => new(null, new KeyFilter(column, key));
}

/// <summary><c>column &gt;= value or column is null</c>.</summary>
public sealed record CursorFrom(string Column, CursorValue Value);

/// <summary><c>column = key</c>, where the column's text form (text, integer in decimal, uuid) equals the key.</summary>
public sealed record KeyFilter(string Column, string Key);
