using PendoSync.State;
using Xunit;

namespace PendoSync.Tests.Conformance;

/// <summary>What every table store must do; one subclass per store.</summary>
public abstract partial class TableStoreConformance : IAsyncLifetime
{
    // A store may be shared by tests: each works in partitions of its own.
    private readonly string _partition = "p" + Guid.NewGuid().ToString("N");

    protected const string Table = Tables.Receipts;

    protected CancellationToken Ct => CancellationToken.None;

    protected ITableStore Store { get; private set; } = null!;

    protected abstract Task<ITableStore> OpenAsync();

    public virtual async Task InitializeAsync() => Store = await OpenAsync();

    public virtual async Task DisposeAsync() => await Store.DisposeAsync();

    [Fact]
    public async Task What_is_not_there_is_null()
    {
        Assert.Null((await Store.GetAsync(Table, _partition, "none", Ct)).Value);
        Assert.Empty(await Query(RowRange.All));
    }

    [Fact]
    public async Task Every_kind_of_value_comes_back_as_it_was()
    {
        var row = Row("kinds");
        row["Text"] = "a 'quoted' \"text\"\nwith\tlines, Zürich, 日本, 😀 and \u0001";
        row["EmptyText"] = "";
        row["Yes"] = true;
        row["No"] = false;
        row["Small"] = 7;
        row["Whole"] = long.MinValue;
        row["Big"] = 9_007_199_254_740_993L;
        row["Fraction"] = 0.1;
        row["WholeFraction"] = 3.0;
        row["Time"] = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero).AddTicks(1234567);
        row["Bytes"] = new byte[] { 0, 1, 127, 128, 255 };
        row["EmptyBytes"] = Array.Empty<byte>();
        row["_x9"] = "name";
        await Store.AddAsync(Table, row, Ct);

        var read = (await Store.GetAsync(Table, _partition, "kinds", Ct)).Value!;

        Assert.Equal(row.Properties.OrderBy(p => p.Key, StringComparer.Ordinal),
            read.Properties.OrderBy(p => p.Key, StringComparer.Ordinal));
        Assert.Equal(_partition, read.Partition);
        Assert.Equal("kinds", read.Row);
        Assert.IsType<double>(read["WholeFraction"]);
        Assert.IsType<long>(read["Small"]);
    }

    [Fact]
    public async Task An_entity_is_added_once()
    {
        var first = await Store.AddAsync(Table, Row("once", "a"), Ct);
        var second = await Store.AddAsync(Table, Row("once", "b"), Ct);

        Assert.True(first.Done);
        Assert.NotEmpty(first.Version);
        Assert.False(second.Done);
        var read = (await Store.GetAsync(Table, _partition, "once", Ct)).Value!;
        Assert.Equal("a", read.Text("Value"));
        Assert.Equal(first.Version, read.Version);
    }

    [Fact]
    public async Task Of_many_who_add_the_same_entity_one_wins()
    {
        var writes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Store.AddAsync(Table, Row("race", $"{i}"), Ct))));

        Assert.Single(writes, write => write.Done);
    }

    [Fact]
    public async Task Only_an_unchanged_entity_is_replaced_and_as_a_whole()
    {
        var row = Row("replace", "old");
        row["Other"] = 1;
        var added = await Store.AddAsync(Table, row, Ct);

        var replaced = await Store.ReplaceAsync(Table, Row("replace", "new"), added.Version, Ct);
        var late = await Store.ReplaceAsync(Table, Row("replace", "late"), added.Version, Ct);

        Assert.True(replaced.Done);
        Assert.NotEqual(added.Version, replaced.Version);
        Assert.False(late.Done);
        var read = (await Store.GetAsync(Table, _partition, "replace", Ct)).Value!;
        Assert.Equal("new", read.Text("Value"));
        Assert.Single(read.Properties);
        Assert.Equal(replaced.Version, read.Version);
    }

    [Fact]
    public async Task A_deleted_entity_is_not_replaced_and_its_versions_do_not_return()
    {
        var first = await Store.AddAsync(Table, Row("gone"), Ct);
        await Store.DeleteAsync(Table, _partition, ["gone"], Ct);
        Assert.False((await Store.ReplaceAsync(Table, Row("gone"), first.Version, Ct)).Done);

        await Store.AddAsync(Table, Row("gone"), Ct);
        Assert.False((await Store.ReplaceAsync(Table, Row("gone"), first.Version, Ct)).Done);
    }

    [Fact]
    public async Task Upsert_writes_whatever_was_there()
    {
        var row = Row("upsert", "a");
        row["Other"] = 1;
        var first = await Store.UpsertAsync(Table, row, Ct);
        var second = await Store.UpsertAsync(Table, Row("upsert", "b"), Ct);

        Assert.True(first.Done && second.Done);
        var read = (await Store.GetAsync(Table, _partition, "upsert", Ct)).Value!;
        Assert.Equal(second.Version, read.Version);
        Assert.NotEqual(first.Version, second.Version);
        Assert.Equal("b", Assert.Single(read.Properties).Value);
    }

    [Fact]
    public async Task Rows_come_in_ordinal_order_and_only_those_of_the_range()
    {
        string[] keys = ["a", "B", "b-1", "b-10", "b-2", "b.", "b~", "c", "0", "_", "=", "+"];
        foreach (var key in keys)
            await Store.AddAsync(Table, Row(key), Ct);

        var ordinal = keys.Order(StringComparer.Ordinal).ToList();
        Assert.Equal(ordinal, Keys(await Query(RowRange.All)));
        Assert.Equal(ordinal.Where(k => string.CompareOrdinal(k, "b-10") >= 0), Keys(await Query(RowRange.StartingAt("b-10"))));
        Assert.Equal(["b-1", "b-10", "b-2"], Keys(await Query(RowRange.WithPrefix("b-"))));
        Assert.Equal(["b-10", "b-2"], Keys(await Query(new RowRange("b-10", "b."))));
        Assert.Equal(ordinal.Where(k => string.CompareOrdinal(k, "a") < 0), Keys(await Query(new RowRange(null, "a"))));
        Assert.Equal(["b~"], Keys(await Query(RowRange.WithPrefix("b~"))));
    }

    [Fact]
    public async Task A_query_sees_its_table_and_partition_only()
    {
        await Store.AddAsync(Table, Row("x"), Ct);
        await Store.AddAsync(Table, new TableRow(_partition + "2", "y"), Ct);
        await Store.AddAsync(Tables.Runs, new TableRow(_partition, "z"), Ct);

        Assert.Equal(["x"], Keys(await Query(RowRange.All)));
    }

    [Fact]
    public async Task A_query_brings_the_chosen_columns()
    {
        var row = Row("columns", "v");
        row["Number"] = 5;
        row["Big"] = new byte[60_000];
        await Store.AddAsync(Table, row, Ct);
        await Store.AddAsync(Table, Row("columns2"), Ct);

        var chosen = await Query(RowRange.All, ["Number", "Missing"]);
        var keys = await Query(RowRange.All, []);

        Assert.Equal(["Number"], chosen[0].Properties.Keys);
        Assert.Equal(5, chosen[0].Number("Number"));
        Assert.Empty(chosen[1].Properties);
        Assert.All(keys, key => Assert.Empty(key.Properties));
        Assert.Equal(["columns", "columns2"], Keys(keys));
        var read = (await Store.GetAsync(Table, _partition, "columns", Ct)).Value!;
        Assert.All([chosen[0], keys[0]], found => Assert.Equal((read.Version, read.Timestamp), (found.Version, found.Timestamp)));
    }

    [Fact]
    public async Task Thousands_of_entities_are_written_read_and_deleted_in_groups()
    {
        var rows = Enumerable.Range(0, 2345).Select(i => Row($"{i:D6}", $"{i}")).ToList();
        await Store.UpsertManyAsync(Table, _partition, rows, Ct);
        await Store.UpsertManyAsync(Table, _partition, rows[..150], Ct);

        var all = await Query(RowRange.All);
        Assert.Equal(rows.Select(r => r.Row), Keys(all));
        Assert.Equal("2344", all[^1].Text("Value"));
        Assert.Equal(1345, (await Query(RowRange.StartingAt("001000"), [])).Count);

        await Store.DeleteAsync(Table, _partition, [.. rows.Take(250).Select(r => r.Row), "missing"], Ct);
        await Store.DeleteAsync(Table, _partition, ["missing", "000001"], Ct);
        Assert.Equal(rows.Skip(250).Select(r => r.Row), Keys(await Query(RowRange.All, [])));
    }

    [Fact]
    public async Task Entities_of_ten_full_binaries_come_back_alone_and_in_groups()
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, 9).Select(i =>
        {
            var row = Row($"big{i}", null);
            for (var k = 0; k < 10; k++)
            {
                var bytes = new byte[64 * 1024];
                random.NextBytes(bytes);
                row[$"B{k}"] = bytes;
            }

            return row;
        }).ToList();

        await Store.AddAsync(Table, rows[0], Ct);
        await Store.UpsertManyAsync(Table, _partition, rows[1..], Ct);

        var read = await Query(RowRange.All);
        Assert.Equal(9, read.Count);
        foreach (var (expected, found) in rows.Zip(read))
            Assert.All(expected.Properties, p => Assert.True(((byte[])p.Value).AsSpan().SequenceEqual(found.Bytes(p.Key))));
    }

    [Fact]
    public async Task A_row_may_stand_only_once_in_a_group()
    {
        await Assert.ThrowsAsync<ProblemException>(() => Store.UpsertManyAsync(Table, _partition, [Row("a"), Row("b"), Row("a")], Ct));
        Assert.Empty(await Query(RowRange.All));
    }

    [Fact]
    public async Task Eight_writers_of_one_counter_lose_nothing()
    {
        const int each = 12;
        await Store.AddAsync(Table, Row("counter"), Ct);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var done = 0; done < each;)
            {
                var read = (await Store.GetAsync(Table, _partition, "counter", Ct)).Value!;
                var next = Row("counter");
                next["Count"] = read.Number("Count") + 1;
                if ((await Store.ReplaceAsync(Table, next, read.Version, Ct)).Done)
                    done++;
            }
        })));

        Assert.Equal(8 * each, (await Store.GetAsync(Table, _partition, "counter", Ct)).Value!.Number("Count"));
    }

    [Fact]
    public async Task The_stores_clock_and_its_timestamps_agree()
    {
        var before = (await Store.GetAsync(Table, _partition, "clock", Ct)).Now;
        var added = await Store.AddAsync(Table, Row("clock"), Ct);
        var read = await Store.GetAsync(Table, _partition, "clock", Ct);
        var again = await Store.UpsertAsync(Table, Row("clock"), Ct);
        var last = await Store.GetAsync(Table, _partition, "clock", Ct);

        // A store may tell its clock in whole seconds; its timestamps are finer.
        var second = TimeSpan.FromSeconds(1);
        Assert.InRange(read.Value!.Timestamp, before - second, added.Now + second);
        Assert.True(last.Value!.Timestamp >= read.Value.Timestamp);
        Assert.True(before <= added.Now && added.Now <= read.Now && read.Now <= again.Now && again.Now <= last.Now);
        Assert.True(last.Now >= last.Value.Timestamp - second, "an entity is younger than now");
        Assert.True(last.Now - last.Value.Timestamp < TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, last.Now.Offset);
        Assert.Equal(TimeSpan.Zero, last.Value.Timestamp.Offset);
    }

    [Fact]
    public async Task A_cancelled_call_ends()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.GetAsync(Table, _partition, "x", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.AddAsync(Table, Row("x"), cancelled));
        Assert.Null((await Store.GetAsync(Table, _partition, "x", Ct)).Value);
    }

    protected TableRow Row(string key, string? value = "v") => new(_partition, key) { ["Value"] = value };

    protected async Task<List<TableRow>> Query(RowRange range, IReadOnlyList<string>? columns = null)
    {
        var rows = new List<TableRow>();
        await foreach (var row in Store.QueryAsync(Table, _partition, range, columns, Ct))
            rows.Add(row);
        return rows;
    }

    private static IEnumerable<string> Keys(IEnumerable<TableRow> rows) => rows.Select(row => row.Row);
}
