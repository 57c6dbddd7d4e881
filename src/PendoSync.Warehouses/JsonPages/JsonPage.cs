namespace PendoSync.Warehouses.JsonPages;

/// <summary>One answer of a system that holds rows: its bytes and where the array of rows starts.</summary>
/// <param name="body">The whole answer; the page owns it.</param>
/// <param name="rows">Position of the <c>[</c> of the rows; negative when the contract allows an answer without them.</param>
internal sealed class JsonPage(PooledBytes body, int rows) : IDisposable
{
    /// <summary>The whole answer.</summary>
    public PooledBytes Body { get; } = body;

    /// <summary>Position of the <c>[</c> of the rows; negative when the answer has none.</summary>
    public int Rows { get; } = rows;

    /// <inheritdoc/>
    public void Dispose() => Body.Dispose();
}

/// <summary>
/// The pages of one result, in order. <see cref="NextAsync"/> is called by one caller at a time, again after it has returned a page,
/// and never after it has returned null or thrown. Disposing it before the end cancels the work at the system.
/// </summary>
internal interface IPageSource : IAsyncDisposable
{
    /// <summary>
    /// Rows of the whole result, as the system announced them by the time the last page was read; null: it announces none.
    /// </summary>
    long? Total { get; }

    /// <summary>The next page, or null after the last.</summary>
    /// <exception cref="ProblemException">The page could not be had, after retries.</exception>
    Task<JsonPage?> NextAsync(CancellationToken ct);
}
