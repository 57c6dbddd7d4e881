using System.Data.Common;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Tests.Worlds;

/// <summary>A row of the world's one table. <see cref="Rev"/> grows with every change of it.</summary>
internal sealed record WorldRow(string? Id, string? Plan, long Rev, DateTime At);

/// <summary>A table in memory that may change and break off while it is read.</summary>
internal sealed class WorldWarehouse(World world, WorldProcess process) : IWarehouse
{
    public async Task<DbDataReader> OpenAsync(Model model, ReadFrom? from, CancellationToken ct)
    {
        await process.PassAsync();
        await world.Watch.ReadBeginsAsync(process);
        world.Reads++;
        return new Reader(world, process, from);
    }

    public Task CheckAsync(Model? model, CancellationToken ct) => Task.CompletedTask;

    public bool IsTransient(Exception error) => error is IOException;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Reader(World world, WorldProcess process, ReadFrom? from) : ForwardReader(
    [
        new WarehouseColumn(0, "id", ColumnKind.Text, "text"),
        new WarehouseColumn(1, "plan", ColumnKind.Text, "text"),
        new WarehouseColumn(2, "rev", ColumnKind.Integer, "bigint"),
        new WarehouseColumn(3, "at", ColumnKind.Instant, "timestamptz"),
    ])
    {
        private int _next;
        private bool _closed;
        private WorldRow _row = new(null, null, 0, default);

        public override bool HasRows => true;

        public override bool IsClosed => _closed;

        public override async Task<bool> ReadAsync(CancellationToken cancellationToken)
        {
            await process.PassAsync();
            cancellationToken.ThrowIfCancellationRequested();
            world.WhileRead?.Invoke(_next);
            do
            {
                if (_next >= world.Rows.Count)
                    return false;
                _row = world.Rows[_next++];
            }
            while ((from?.Cursor?.Value is { } lowest && CursorValue.Of(new DateTimeOffset(_row.At)) < lowest)
                || (from?.Key is { } only && only.Key != _row.Id));
            return true;
        }

        public override bool Read() => throw new NotSupportedException();

        public override Type GetFieldType(int ordinal) => ordinal switch { 2 => typeof(long), 3 => typeof(DateTime), _ => typeof(string) };

        public override object GetValue(int ordinal) => ordinal switch
        {
            0 => (object?)_row.Id ?? DBNull.Value,
            1 => (object?)_row.Plan ?? DBNull.Value,
            2 => _row.Rev,
            _ => _row.At,
        };

        public override bool IsDBNull(int ordinal) => GetValue(ordinal) is DBNull;

        public override string GetString(int ordinal) => (string)GetValue(ordinal);

        public override long GetInt64(int ordinal) => (long)GetValue(ordinal);

        public override DateTime GetDateTime(int ordinal) => (DateTime)GetValue(ordinal);

        public override T GetFieldValue<T>(int ordinal) => (T)GetValue(ordinal);

        public override bool GetBoolean(int ordinal) => throw new NotSupportedException();

        public override decimal GetDecimal(int ordinal) => throw new NotSupportedException();

        public override double GetDouble(int ordinal) => throw new NotSupportedException();

        protected override void Dispose(bool disposing) => _closed = true;
    }
}
