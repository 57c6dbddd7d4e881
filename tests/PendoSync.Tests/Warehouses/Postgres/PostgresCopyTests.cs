using System.Data.Common;
using System.Globalization;
using System.Text;
using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Tests.Warehouses.Postgres;

/// <summary>
/// A whole model comes by COPY, a part of it by a query: both must give the same, or a cursor's first full read would send everything
/// again.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresCopyTests(PostgresFixture postgres)
{
    private const string EveryType = """
        select i as id, i % 2 = 0 as flag, i::smallint as small, (i * 1000000007::bigint) as big, i::oid as object,
          (i / 7.0)::real as single, (i / 7.0)::double precision as double,
           case i when 1 then 'NaN' when 2 then 'Infinity' else '1.5' end::double precision as odd,
          (array[0, -0.5, 12345.678900, 0.00001234, 1e30, -99999999.99999999, 10000, 100000000.0001])[i]::numeric as exact,
          (i * 12.5)::numeric(12, 2) as money_like, case when i = 3 then 'NaN'::numeric else (i * 1.25)::numeric(38, 10) end as wide,
          'täxt "quoted" \ ' || repeat('🚀', i) as words,
           ('v' || i)::varchar(9) as short, ('c' || i)::char(4) as padded, ('n' || i)::name as named, 'q'::"char" as letter,
          case i when 1 then 'infinity'::date when 2 then '-infinity' when 3 then '0001-01-01' when 4 then '9999-12-31'
             else date '2026-03-01' + i end as day,
           case i when 1 then 'infinity'::timestamp when 2 then '-infinity' when 3 then '0001-01-01 00:00:00'
             when 4 then '9999-12-31 23:59:59.999999'
             else timestamp '1969-07-20 20:17:40.123456' + i * interval '1 day' end as moment,
          case i when 1 then 'infinity'::timestamptz when 2 then '-infinity' when 3 then '294276-01-01'
             else timestamptz '2026-03-01 12:00:00.5+02' + i * interval '1 second' end as instant, time '10:20:30.5' as clock,
          ('6f9619ff-8b86-d011-b42d-00c04fc9640' || i)::uuid as code, ('{"a": ' || i || '}')::json as plain_json,
           ('{"b":[' || i || ']}')::jsonb as binary_json,
          decode('00ff' || lpad(to_hex(i), 2, '0'), 'hex') as bytes,
           b'101' as bits, '10.0.0.0/8'::cidr as network, interval '1 day' as span,
          case when i % 2 = 0 then 'x' end as sometimes
        from generate_series(1, 8) i
        """;

    [PostgresFact]
    public async Task A_copy_gives_what_a_query_gives_for_every_type()
    {
        await using var warehouse = PostgresRows.Open(postgres);
        var model = new Model { Sql = EveryType };
        var copied = await CellsAsync(warehouse, model, null, expectCopy: true);
        var queried = await CellsAsync(warehouse, model, ReadFrom.At("id", CursorValue.Of(0m)), expectCopy: false);

        Assert.Equal(8 * 28, copied.Count);
        Assert.Equal(queried, copied);
    }

    [PostgresFact]
    public async Task Every_number_is_written_as_the_server_writes_it()
    {
        await using var warehouse = PostgresRows.Open(postgres);
        var model = new Model
        {
            Sql = "select n, n::text as t from (select setseed(0.42)) s, lateral (select (case when i % 3 = 0 then -1 else 1 end * "
                + "random() * 10::numeric ^ (i % 40 - 12))::numeric as n from generate_series(1, 5000) i) x",
        };
        await using var reader = await warehouse.OpenAsync(model, null, default);
        Assert.IsAssignableFrom<IBinaryRow>(reader);
        var rows = 0;
        for (; await reader.ReadAsync(); rows++)
            Assert.Equal(reader.GetString(1), reader.GetString(0));
        Assert.Equal(5000, rows);
    }

    [PostgresTheory]
    [InlineData("select 1 as n, 2 as n")]
    [InlineData("select array[1, 2] as list")]
    [InlineData("select '10.0.0.1'::inet as address")]
    [InlineData("select 1 as n;")]
    [InlineData("select 1 as n -- the last line is a comment")]
    [InlineData("with one as (select 1 as n) select n from one order by n")]
    public async Task What_cannot_be_copied_is_queried(string sql)
    {
        await using var warehouse = PostgresRows.Open(postgres);
        Assert.Single(await warehouse.ReadAsync(new Model { Sql = sql }));
    }

    private static async Task<List<string>> CellsAsync(IWarehouse warehouse, Model model, ReadFrom? from, bool expectCopy)
    {
        await using var reader = await warehouse.OpenAsync(model, from, default);
        Assert.Equal(expectCopy, reader is IBinaryRow);
        var columns = WarehouseColumns.Of(reader);
        var cells = new List<string>();
        while (await reader.ReadAsync())
        {
            foreach (var column in columns)
            {
                if (!reader.IsDBNull(column.Ordinal))
                    SameJson(column, reader);
                cells.Add($"{column.Name} {column.Kind} {reader.GetFieldType(column.Ordinal).Name}: {Text(reader, column.Ordinal)}");
            }
        }

        return cells;
    }

    // The mapper takes cells of a copy as they are; what it writes must be what the reader's getters give.
    private static void SameJson(WarehouseColumn column, DbDataReader reader)
    {
        foreach (var target in Enum.GetValues<FieldTarget>())
        {
            var (binary, typed) = (new JsonBuffer(), new JsonBuffer());
            var rules = (Rule(() => new CellWriter(column, reader, target, TimeZoneInfo.Utc, null).Write(reader, binary)),
                Rule(() => new CellWriter(column, reader.GetFieldType(column.Ordinal), target, TimeZoneInfo.Utc, null)
                .Write(reader, typed)));
            Assert.Equal(rules.Item2, rules.Item1);
            if (rules.Item1 is null)
                Assert.Equal(Encoding.UTF8.GetString(typed.Written), Encoding.UTF8.GetString(binary.Written));
        }
    }

    private static string Text(DbDataReader reader, int ordinal)
    {
        try
        {
            var value = reader.GetValue(ordinal);
            return value is byte[] bytes ? Convert.ToHexString(bytes) : value is DateTime time
                ? time.ToString("O", CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{value}");
        }
        catch (OverflowException)
        {
            return Rules.OutOfRange;
        }
    }

    private static string? Rule(Func<string?> write)
    {
        try
        {
            return write();
        }
        catch (OverflowException)
        {
            return Rules.OutOfRange;
        }
    }
}
