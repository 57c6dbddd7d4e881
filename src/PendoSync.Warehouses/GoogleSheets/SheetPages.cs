using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.GoogleSheets;

/// <summary>
/// Blocks of rows below the header, to the end of the range. The API leaves out empty rows and cells at the end of a block, so a short
/// block does not mean the end. Rows that people move during the read may come twice or not; larger blocks make that rarer. Columns that
/// they move would become others' values: a block counts only if the header is still the same once it is here.
/// </summary>
internal sealed class SheetPages(RestCaller caller, string url, SheetRange range, SheetFilter filter, int size,
    Func<CancellationToken, Task> ensureHeader) : IPageSource
{
    private int _row = range.FirstRow + 1;

    /// <summary>The API says nowhere how many rows hold something.</summary>
    public long? Total => null;

    /// <inheritdoc/>
    public async Task<JsonPage?> NextAsync(CancellationToken ct)
    {
        if (_row > range.LastRow)
            return null;
        // A block without values is documented to have no 'values', but always names its range.
        var contract = new RestContract(answer => SheetRange.Parse(answer.Envelope.Text("range") ?? "")?.FirstRow != _row
            ? "the range that was asked for"
            : answer.Envelope.Has("values") && answer.Envelope.Count("values") is null ? "its 'values'"
            : null);
        var block = Uri.EscapeDataString(range.Rows(_row, size));
        using var answer = await caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Get,
            $"{url}/values/{block}?majorDimension=ROWS&valueRenderOption=UNFORMATTED_VALUE&dateTimeRenderOption=SERIAL_NUMBER"), contract,
            ct);
        await ensureHeader(ct);
        _row += size;
        var rows = answer.Envelope.Rows("values");
        return rows < 0 ? new JsonPage(PooledBytes.CopyOf("[]"u8), 0) : filter.Apply(answer.Body.Span, rows);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
