using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Tests.Warehouses;

/// <summary>
/// A row of the suite's model: columns id (integer), name (text), amount (decimal), updated_at (instant or timestamp in UTC), active
/// (boolean).
/// </summary>
public sealed record SuiteRow(long Id, string? Name, decimal? Amount, DateTimeOffset? UpdatedAt, bool? Active);

/// <summary>
/// What every warehouse must do. A system's test class says how rows get into it (or into its stand-in) and inherits the rest.
/// </summary>
public abstract class WarehouseConformance
{
    protected static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A secret that the connection uses; it must appear in no message.</summary>
    protected abstract string PlantedSecret { get; }

    /// <summary>Puts the rows where a model names them, and returns both.</summary>
    protected abstract Task<(IWarehouse Warehouse, Model Model)> WithAsync(IEnumerable<SuiteRow> rows);

    /// <summary>A model with the same connection that does not exist.</summary>
    protected virtual Model Missing => new() { Table = "no_such_table" };

    /// <summary>The widest values the system can hold without loss; a sheet, for one, has no 64-bit integers.</summary>
    protected virtual SuiteRow Big =>
        new(9_007_199_254_740_993, new string('ü', 100_000) + "🚀\"\\\n", 123_456_789_012.123456m, Noon.AddTicks(1_234_560), true);

    /// <summary>What an empty text comes back as: null where the system knows no difference (a sheet).</summary>
    protected virtual string? Empty => "";

    [ConformanceFact]
    public async Task Values_and_nulls_come_back_as_they_are()
    {
        SuiteRow[] rows =
        [
            new(1, "Ann", 12.50m, Noon, true),
            new(2, Empty, 0m, Noon.AddMilliseconds(-1), false),
            new(3, null, null, null, null),
            new(-4, "日本語 'quoted' \"twice\"", -0.000001m, Noon.AddYears(-30), null),
        ];
        var (warehouse, model) = await WithAsync(rows);
        Assert.Equal(rows, (await ReadAsync(warehouse, model)).OrderBy(r => Array.FindIndex(rows, x => x.Id == r.Id)));
    }

    [ConformanceFact]
    public async Task Big_values_lose_nothing()
    {
        var (warehouse, model) = await WithAsync([Big]);
        var row = Assert.Single(await ReadAsync(warehouse, model));
        Assert.True(Big.Name == row.Name, "the long text came back changed");
        Assert.Equal(Big with { Name = null }, row with { Name = null });
    }

    [ConformanceFact]
    public async Task Empty_result_still_has_columns()
    {
        var (warehouse, model) = await WithAsync([]);
        await using var reader = await warehouse.OpenAsync(model, null, CancellationToken.None);
        // A system may add columns of its own, as Elasticsearch its _id.
        Assert.Equal(["id", "name", "amount", "updated_at", "active"], WarehouseColumns.Of(reader).Select(c => c.Name.ToLowerInvariant())
            .Where(n => n[0] != '_'));
        Assert.False(await reader.ReadAsync());
        Assert.False(await reader.ReadAsync());
    }

    [ConformanceFact]
    public async Task Cursor_takes_equal_later_and_null_rows_only()
    {
        var (warehouse, model) = await WithAsync(
        [
            new(1, "before", 1m, Noon.AddSeconds(-1), true),
            new(2, "equal", 1m, Noon, true),
            new(3, "equal too", 1m, Noon, true),
            new(4, "after", 1m, Noon.AddMilliseconds(1), true),
            new(5, "null", 1m, null, true),
        ]);
        var value = await CursorLikeAsync(warehouse, model);
        var rows = await ReadAsync(warehouse, model, ReadFrom.At("updated_at", value));
        Assert.Equal([2, 3, 4, 5], rows.Select(r => r.Id).Order());
    }

    [ConformanceFact]
    public async Task Number_cursor_takes_equal_and_higher_rows()
    {
        var (warehouse, model) = await WithAsync(Rows(12));
        var rows = await ReadAsync(warehouse, model, ReadFrom.At("id", CursorValue.Of(10m)));
        Assert.Equal([10, 11, 12], rows.Select(r => r.Id).Order());
    }

    [ConformanceFact]
    public async Task Key_filter_gives_the_rows_of_that_key_only()
    {
        var (warehouse, model) = await WithAsync(Rows(20));
        Assert.Equal([7], (await ReadAsync(warehouse, model, ReadFrom.OneKey("name", "Person 7"))).Select(r => r.Id));
        Assert.Equal([12], (await ReadAsync(warehouse, model, ReadFrom.OneKey("id", "12"))).Select(r => r.Id));
    }

    [ConformanceFact]
    public async Task Key_filter_keeps_case_and_cannot_be_broken_out_of()
    {
        var (warehouse, model) = await WithAsync(Rows(3));
        Assert.Empty(await ReadAsync(warehouse, model, ReadFrom.OneKey("name", "PERSON 1")));
        Assert.Empty(await ReadAsync(warehouse, model, ReadFrom.OneKey("name", "' or '1'='1")));
    }

    [ConformanceFact]
    public async Task Hundred_thousand_rows_stream_in_constant_memory()
    {
        // Rows that are kept would weigh 25 MB or more between the two measurements, each time. Other tests of the process weigh something
        // too, for a while: hence the most of the early samples, the least of the late ones, and up to six times.
        var growth = long.MaxValue;
        for (var time = 0; time < 6 && growth >= 20_000_000; time++)
            growth = await GrowthAsync(rows: 100_000);
        Assert.True(growth < 20_000_000, $"memory grew by {growth:N0} bytes");
    }

    private async Task<long> GrowthAsync(int rows)
    {
        var name = new string('x', 500);
        var (warehouse, model) = await WithAsync(Rows(rows).Select(r => r with { Name = name }));
        await using var reader = await warehouse.OpenAsync(model, null, CancellationToken.None);
        var (seen, early, late) = (0, 0L, long.MaxValue);
        while (await reader.ReadAsync())
        {
            if (++seen % (rows / 10) != 0)
                continue;
            if (seen <= rows / 5)
                early = Math.Max(early, GC.GetTotalMemory(forceFullCollection: true));
            else if (seen >= rows * 7 / 10)
                late = Math.Min(late, GC.GetTotalMemory(forceFullCollection: true));
        }

        Assert.Equal(rows, seen);
        return late - early;
    }

    [ConformanceFact]
    public async Task Cancelling_ends_a_read_soon()
    {
        var (warehouse, model) = await WithAsync(Rows(20_000));
        using var cancel = new CancellationTokenSource();
        var watch = Stopwatch.StartNew();
        await using (var reader = await warehouse.OpenAsync(model, null, cancel.Token))
        {
            Assert.True(await reader.ReadAsync(cancel.Token));
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                while (await reader.ReadAsync(cancel.Token))
                {
                }
            });
        }

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"took {watch.Elapsed}");
    }

    [ConformanceFact]
    public async Task Reader_closed_early_leaves_a_working_warehouse()
    {
        var (warehouse, model) = await WithAsync(Rows(5_000));
        for (var i = 0; i < 3; i++)
        {
            await using var reader = await warehouse.OpenAsync(model, null, CancellationToken.None);
            Assert.True(await reader.ReadAsync());
        }

        await warehouse.CheckAsync(model, CancellationToken.None);
    }

    [ConformanceFact]
    public async Task Check_passes_with_and_without_a_model()
    {
        var (warehouse, model) = await WithAsync(Rows(2));
        await warehouse.CheckAsync(null, CancellationToken.None);
        await warehouse.CheckAsync(model, CancellationToken.None);
    }

    [ConformanceFact]
    public async Task Missing_table_is_a_configuration_problem_with_place_and_fix()
    {
        var (warehouse, _) = await WithAsync(Rows(1));
        AssertProblem(ProblemKind.Configuration,
            await Assert.ThrowsAsync<ProblemException>(() => warehouse.OpenAsync(Missing, null, CancellationToken.None)));
        AssertProblem(ProblemKind.Configuration,
            await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(Missing, CancellationToken.None)));
    }

    [ConformanceFact]
    public async Task Unknown_column_of_a_filter_is_a_configuration_problem()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        AssertProblem(ProblemKind.Configuration, await Assert.ThrowsAsync<ProblemException>(
            () => ReadAsync(warehouse, model, ReadFrom.OneKey("no_such_column", "1"))));
    }

    /// <summary>One line that names the connection and the fix, and holds no secret.</summary>
    protected void AssertProblem(ProblemKind kind, ProblemException error)
    {
        Assert.Equal(kind, error.Problem.Kind);
        Assert.Equal("warehouse 'analytics'", error.Problem.Place);
        Assert.False(string.IsNullOrWhiteSpace(error.Problem.Fix));
        Assert.DoesNotContain('\n', error.Message);
        Assert.DoesNotContain(PlantedSecret, error.ToString(), StringComparison.Ordinal);
    }

    protected static IEnumerable<SuiteRow> Rows(int count) =>
        Enumerable.Range(1, count).Select(i => new SuiteRow(i, $"Person {i}", i + 0.25m, Noon.AddSeconds(i), i % 2 == 0));

    protected static async Task<List<SuiteRow>> ReadAsync(IWarehouse warehouse, Model model, ReadFrom? from = null)
    {
        await using var reader = await warehouse.OpenAsync(model, from, CancellationToken.None);
        var rows = new List<SuiteRow>();
        while (await reader.ReadAsync())
            rows.Add(RowOf(reader));
        return rows;
    }

    /// <summary>The current row, each cell read by its column's kind as the record mapper does.</summary>
    protected static SuiteRow RowOf(DbDataReader reader) => new(
        (long)DecimalOf(reader, "id")!.Value, TextOf(reader, "name"), DecimalOf(reader, "amount"), InstantOf(reader, "updated_at"),
            BoolOf(reader, "active"));

    // The kind of cursor differs with the column: an instant where the system has them, else a timestamp.
    private static async Task<CursorValue> CursorLikeAsync(IWarehouse warehouse, Model model)
    {
        await using var reader = await warehouse.OpenAsync(model, null, CancellationToken.None);
        await reader.ReadAsync();
        var column = WarehouseColumns.Of(reader)[reader.GetOrdinal("updated_at")];
        return column.Kind == ColumnKind.Timestamp ? CursorValue.OfTimestamp(Noon.DateTime)
            : reader.GetFieldType(column.Ordinal) == typeof(string)
                ? CursorValue.OfText(Noon.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture))
            : CursorValue.Of(Noon);
    }

    private static decimal? DecimalOf(DbDataReader reader, string name)
    {
        var i = reader.GetOrdinal(name);
        if (reader.IsDBNull(i))
            return null;
        return reader.GetFieldType(i) == typeof(string) || reader.GetFieldType(i) == typeof(System.Numerics.BigInteger)
            ? decimal.Parse(reader.GetString(i), NumberStyles.Float, CultureInfo.InvariantCulture)
            : Convert.ToDecimal(reader.GetValue(i), CultureInfo.InvariantCulture);
    }

    private static string? TextOf(DbDataReader reader, string name) =>
        reader.GetOrdinal(name) is var i && reader.IsDBNull(i) ? null : reader.GetString(i);

    private static bool? BoolOf(DbDataReader reader, string name) =>
        reader.GetOrdinal(name) is var i && reader.IsDBNull(i) ? null : reader.GetBoolean(i);

    private static DateTimeOffset? InstantOf(DbDataReader reader, string name)
    {
        var i = reader.GetOrdinal(name);
        if (reader.IsDBNull(i))
            return null;
        var type = reader.GetFieldType(i);
        return type == typeof(DateTimeOffset) ? reader.GetFieldValue<DateTimeOffset>(i).ToUniversalTime()
            : type == typeof(string)
                ? DateTimeOffset.Parse(reader.GetString(i), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUniversalTime()
            : new DateTimeOffset(DateTime.SpecifyKind(reader.GetDateTime(i), DateTimeKind.Utc));
    }
}
