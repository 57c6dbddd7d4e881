using System.Globalization;
using System.Text;
using Npgsql;
using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Sources;
using PendoSync.Tests.Worlds;
using PendoSync.Values;
using PendoSync.Warehouses.Postgres;

namespace PendoSync.Tests.Warehouses.Postgres;

/// <summary>
/// A whole model comes by COPY, a part of it by a query of Npgsql's: both must give the same, or the first full read after an incremental
/// one would send everything again.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresCopyTests(PostgresFixture postgres)
{
    private const string Numbers = """
        i as id, i % 2 = 0 as flag, i::smallint as small, i * 1000000007::bigint as big, (4294967290 + i % 5)::oid as object,
        (i / 7.0)::real as single, (i / 7.0)::double precision as double,
        case i when 1 then 'NaN' when 2 then 'Infinity' else '-1.5e-300' end::double precision as odd,
        (array[0, -0.5, 12345.678900, 0.00001234, 1e30, -99999999.99999999, 10000, 100000000.0001])[i]::numeric as exact,
        case when i = 3 then 'NaN'::numeric else (i * 1.25)::numeric(38, 10) end as wide
        """;

    private const string Texts = """
        i as id, 'täxt "quoted" \ ' || repeat('🚀', i) as words, ('v' || i)::varchar(9) as short, ('c' || i || ' ')::char(6) as padded,
        ('n' || i)::name as named, ('6f9619ff-8b86-d011-b42d-00c04fc9640' || i)::uuid as code, '' as empty, repeat('x', i * 20000) as long,
        ('{"a" : ' || i || '}')::json as plain_json, ('{"b":[' || i || ']}')::jsonb as binary_json,
        decode('00ff' || lpad(to_hex(i), 2, '0'), 'hex') as bytes, case when i % 2 = 0 then 'x' end as sometimes, null::int as never,
        case when i % 2 = 0 then 'happy' else 'sad' end::copied.mood as mood, i::copied.positive as domain
        """;

    private const string Times = """
        i as id, date '2026-03-01' + i as day, case i when 1 then 'infinity'::date when 2 then '0044-03-15 BC' end as no_day,
        case i when 1 then 'infinity'::timestamp when 2 then '-infinity' when 3 then '9999-12-31 23:59:59.999999'
          else timestamp '1969-07-20 20:17:40.123456' + i * interval '1 day' end as moment,
        timestamptz '2026-03-01 12:00:00.5+02' + i * interval '1 second' as instant
        """;

    [PostgresTheory]
    [InlineData(Numbers, 10)]
    [InlineData(Texts, 15)]
    [InlineData(Times, 5)]
    public async Task Copy_gives_what_a_query_gives(string columns, int count)
    {
        await postgres.ExecuteAsync("create schema if not exists copied; do $$ begin create type copied.mood as enum ('happy', 'sad'); "
            + "create domain copied.positive as int check (value > 0); exception when duplicate_object then null; end $$");
        await using var warehouse = PostgresRows.Open(postgres);
        var model = new Model { Sql = $"select {columns} from generate_series(1, 8) i" };
        var (copied, byCopy) = await CellsAsync(warehouse, model, null);
        var (queried, byQuery) = await CellsAsync(warehouse, model, ReadFrom.At("id", CursorValue.Of(0m)));

        Assert.Equal((true, false), (byCopy, byQuery));
        Assert.Equal(8 * count, copied.Count);
        Assert.Equal(queried, copied);
    }

    [PostgresFact]
    public async Task Every_number_is_written_as_the_server_writes_it()
    {
        await using var warehouse = PostgresRows.Open(postgres);
        await using var reader = await warehouse.OpenAsync(new Model
        {
            Sql = """
                select n, n::text as t from (select setseed(0.42)) s, lateral (
                  select (case when i % 3 = 0 then -1 else 1 end * random() * 10::numeric ^ (i % 40 - 12))::numeric as n
                  from generate_series(1, 5000) i) x
                """,
        }, null, CancellationToken.None);
        var rows = 0;
        for (; await reader.ReadAsync(); rows++)
            Assert.Equal(reader.GetString(1), reader.GetString(0));
        Assert.Equal((5000, true), (rows, reader is PostgresCopyReader));
    }

    [PostgresTheory]
    [InlineData("select array[1, 2] as list", false)]
    [InlineData("select '10.0.0.1'::inet as address", false)]
    [InlineData("select 1 as n, 2 as n", true)]
    [InlineData("select 1 as n;", true)]
    [InlineData("select 1 as n -- the last line is a comment", true)]
    [InlineData("with one as (select 1 as n) select n from one order by n", true)]
    [InlineData("table copied.one", true)]
    [InlineData("values (1)", true)]
    public async Task What_can_be_copied_is_copied_and_everything_else_queried(string sql, bool copied)
    {
        await postgres.ExecuteAsync("create schema if not exists copied; create table if not exists copied.one as select 1 as n");
        await using var warehouse = PostgresRows.Open(postgres);
        await using var reader = await warehouse.OpenAsync(new Model { Sql = sql }, null, CancellationToken.None);
        Assert.True(await reader.ReadAsync());
        Assert.False(await reader.ReadAsync());
        Assert.Equal(copied, reader is PostgresCopyReader);
    }

    [PostgresTheory]
    [InlineData(5)]
    [InlineData(2_000)]
    [InlineData(40_000)]
    public async Task Rows_before_one_that_fails_at_the_server_are_read(int failing)
    {
        await using var warehouse = PostgresRows.Open(postgres);
        var model = new Model
        {
            Sql = $"select i as id, repeat('x', 60) as pad, 1 / (i - {failing}) as n from generate_series(1, 50000) i",
        };
        foreach (var from in (ReadFrom?[])[null, ReadFrom.At("id", CursorValue.Of(1m))])
        {
            await using var reader = await warehouse.OpenAsync(model, from, CancellationToken.None);
            for (var i = 1; i < failing; i++)
                Assert.True(await reader.ReadAsync());
            var failed = await Assert.ThrowsAsync<ProblemException>(() => reader.ReadAsync());
            Assert.Contains("22012", failed.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Rows_that_come_slowly_are_taken_as_they_come()
    {
        var (bytes, held) = (new byte[100], new TaskCompletionSource());
        await using var ahead = new ReadAhead(new HeldStream(bytes, held.Task));
        Assert.Equal(100, await ahead.Bytes.ReadAsync(new byte[1000]).AsTask().WaitAsync(Until.Longest));
        var last = ahead.Bytes.ReadAsync(new byte[1000]).AsTask();
        Assert.False(last.IsCompleted);
        held.SetException(new IOException("cut"));
        Assert.Equal((0, "cut"), (await last, ahead.Failure?.Message));
    }

    [PostgresFact]
    public async Task Rows_are_the_same_however_the_bytes_arrive_and_none_are_an_end_too_early()
    {
        var bytes = new MemoryStream();
        await using (var connection = new NpgsqlConnection(postgres.ConnectionString))
        {
            await connection.OpenAsync();
            await using var copy = await connection.BeginRawBinaryCopyAsync(
                "copy (select i, case when i % 3 > 0 then repeat('x', i * i * 40) end from generate_series(1, 60) i) "
                + "to stdout (format binary)");
            await copy.CopyToAsync(bytes);
        }

        var all = bytes.ToArray();
        var whole = await LengthsAsync(new Pieces(all, null));
        Assert.Equal(Enumerable.Range(1, 60).Select(i => i % 3 > 0 ? i * i * 40 : -1), whole);
        for (var seed = 1; seed <= 20; seed++)
            Assert.Equal(whole, await LengthsAsync(new Pieces(all, new Random(seed))));
        for (var cut = 0; cut < all.Length; cut += cut is < 500 || all.Length - cut < 500 ? 1 : 997)
            await Assert.ThrowsAsync<IOException>(() => LengthsAsync(new Pieces(all[..cut], null)));
    }

    private static async Task<List<int>> LengthsAsync(Stream stream)
    {
        var lengths = new List<int>();
        var rows = new PostgresCopyRows(stream, 2);
        while (true)
        {
            switch (rows.TryNext())
            {
                case true:
                    lengths.Add(rows.IsNull(1) ? -1 : rows.Cell(1).Length);
                    break;
                case false:
                    await rows.FinishAsync(CancellationToken.None);
                    return lengths;
                default:
                    await rows.FillAsync(CancellationToken.None);
                    break;
            }
        }
    }

    private static async Task<(List<string> Cells, bool Copied)> CellsAsync(IWarehouse warehouse, Model model, ReadFrom? from)
    {
        await using var reader = await warehouse.OpenAsync(model, from, CancellationToken.None);
        var cells = new List<string>();
        while (await reader.ReadAsync())
        {
            foreach (var column in WarehouseColumns.Of(reader))
            {
                var written = Enum.GetValues<FieldTarget>()
                    .Select(target => reader.IsDBNull(column.Ordinal) ? "null" : Written(column, target));
                cells.Add($"{column.Name} {column.Kind}: {string.Join(" | ", written)}, {Shown(column.Ordinal)}");
            }
        }

        return (cells, reader is PostgresCopyReader);

        string Written(WarehouseColumn column, FieldTarget target)
        {
            var json = new JsonBuffer();
            try
            {
                return new CellWriter(column, reader, target, TimeZoneInfo.Utc, null).Write(reader, json)
                    ?? Encoding.UTF8.GetString(json.Written);
            }
            catch (Exception error) when (Cells.RuleOf(error) is not null)
            {
                return Cells.RuleOf(error)!;
            }
        }

        string Shown(int ordinal)
        {
            try
            {
                return reader.GetValue(ordinal) is byte[] bytes ? Convert.ToHexString(bytes)
                    : string.Create(CultureInfo.InvariantCulture, $"{reader.GetValue(ordinal):O}");
            }
            catch (FormatException)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{reader.GetValue(ordinal)}");
            }
            catch (OverflowException)
            {
                return "beyond";
            }
        }
    }

    /// <summary>Bytes, and then what a task says.</summary>
    private sealed class HeldStream(byte[] all, Task held) : MemoryStream(all)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == Length)
                await held;
            return await base.ReadAsync(buffer, cancellationToken);
        }
    }

    /// <summary>Bytes in pieces as a network might bring them; without a source of chance as many as fit.</summary>
    private sealed class Pieces(byte[] all, Random? random) : MemoryStream(all)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(random is null ? buffer : buffer[..Math.Min(buffer.Length, random.Next(1, 300))], cancellationToken);
    }
}
