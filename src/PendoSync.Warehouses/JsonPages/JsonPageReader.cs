using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using PendoSync.Sources;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.JsonPages;

/// <summary>
/// The one reader of systems that answer in pages of JSON. While a page is read the next one is fetched, one at most;
/// cells are parsed from the page's bytes when asked for. An error of a later page surfaces from <see cref="ReadAsync"/> when its turn
/// comes. After each page the rows read are compared with the rows that the system announced: a read that lost some, or got more than all,
/// has failed.
/// </summary>
internal sealed partial class JsonPageReader : ForwardReader
{
    private readonly string _place;
    private readonly JsonColumn[] _columns;
    private readonly IRowShape _shape;
    private readonly IPageSource _pages;
    private readonly JsonCell[] _cells;
    private readonly CancellationTokenSource _lifetime = new();
    private Task<JsonPage?>? _next;
    private JsonPage? _page;
    private int _position;
    private long _rows;
    private bool _onRow;
    private bool _closed;

    /// <summary>Starts to fetch the first page.</summary>
    /// <param name="place">For messages: "warehouse 'analytics'".</param>
    /// <param name="columns">In the order of the row's cells.</param>
    /// <param name="shape">How a row is written.</param>
    /// <param name="pages">The pages; the reader owns them.</param>
    public JsonPageReader(string place, IReadOnlyList<JsonColumn> columns, IRowShape shape, IPageSource pages)
        : base([.. columns.Select((c, i) => new WarehouseColumn(i, c.Name, c.Type.Kind, c.SystemType) { Declared = c.Type.Declared })])
    {
        (_place, _shape, _pages, _columns) = (place, shape, pages, [.. columns]);
        _cells = new JsonCell[_columns.Length];
        _next = pages.NextAsync(_lifetime.Token);
    }

    /// <inheritdoc/>
    public override async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_page is not null && NextRow())
                return true;
            _page?.Dispose();
            _page = null;
            // Pages that come again never end.
            if (_pages.Total < _rows)
                throw Unequal(_pages.Total.Value);
            if (_next is null)
                return false;
            _page = await _next.WaitAsync(cancellationToken);
            _next = null;
            if (_page is null)
                return _pages.Total is not { } total || total == _rows ? false : throw Unequal(total);
            // Validated once per page, so that no text is changed in silence later.
            if (!Utf8.IsValid(_page.Body.Span))
                throw BadPage(null);
            _position = _page.Rows < 0 ? -1 : _page.Rows + 1;
            _next = _pages.NextAsync(_lifetime.Token);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_closed)
            return;
        _closed = true;
        _onRow = false;
        await _lifetime.CancelAsync();
        if (_next is not null)
        {
            // The page nobody will read: its buffer goes back, its error concerns nobody.
            await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_next.IsCompletedSuccessfully)
                (await _next)?.Dispose();
        }

        _page?.Dispose();
        _page = null;
        await _pages.DisposeAsync();
        _lifetime.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public override void Close() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Moves to the next row of the page; false at the end of its array.</summary>
    private bool NextRow()
    {
        _onRow = false;
        if (_position < 0)
            return false;
        var bytes = _page!.Body.Span;
        try
        {
            while (_position < bytes.Length && bytes[_position] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' or (byte)',')
                _position++;
            if (_position >= bytes.Length)
                throw new JsonException("the page ends inside its rows");
            if (bytes[_position] == ']')
            {
                _position = -1;
                return false;
            }

            var reader = new Utf8JsonReader(bytes[_position..]);
            reader.Read();
            Array.Fill(_cells, JsonCell.Null);
            _shape.Locate(ref reader, _position, _cells);
            _position += (int)reader.BytesConsumed;
            _onRow = true;
            _rows++;
            return true;
        }
        catch (JsonException error)
        {
            throw BadPage(error);
        }
    }

    private JsonValue ValueAt(int ordinal)
    {
        if (!_onRow)
            throw new InvalidOperationException("there is no current row");
        var cell = _cells[ordinal];
        return new JsonValue(_page!.Body.Span.Slice(cell.Start, cell.Length), cell.Type, cell.Escaped);
    }

    private ProblemException Unequal(long total) => new(ProblemKind.Transient, string.Create(CultureInfo.InvariantCulture,
        $"the system announced {total} rows and sent {_rows}"), _place, WarehouseProblems.ChangedAnswer);

    private ProblemException BadPage(Exception? inner) => new(ProblemKind.Transient,
        "the system sent a page of rows that is not the JSON it documents", _place,
        WarehouseProblems.ChangedAnswer, inner);
}
