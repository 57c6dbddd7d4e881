using System.Text;
using System.Text.Json;
using PendoSync.Records;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Values;
using PendoSync.Warehouses.BigQuery;
using PendoSync.Warehouses.Databricks;
using PendoSync.Warehouses.Elasticsearch;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Snowflake;

namespace PendoSync.Tests.Warehouses;

/// <summary>
/// The one rule for numbers (docs/reference/warehouses.md): every digit that the system gives is sent, from every system, as number and as
/// text.
/// </summary>
public sealed class NumberTests
{
    private const string Digits38 = "99999999999999999999999999999999999999";

    public static TheoryData<string, string, string> Whole => new()
    {
        { "snowflake NUMBER(38,0)", "9007199254740993", """{"name":"C","type":"fixed","precision":38,"scale":0}""" },
        { "snowflake NUMBER(38,0)", "-9223372036854775808", """{"name":"C","type":"fixed","precision":38,"scale":0}""" },
        { "snowflake NUMBER(38,0)", Digits38, """{"name":"C","type":"fixed","precision":38,"scale":0}""" },
        { "bigquery INT64", "9007199254740993", """{"name":"c","type":"INTEGER"}""" },
        { "bigquery INT64", "-9223372036854775808", """{"name":"c","type":"INTEGER"}""" },
        { "bigquery NUMERIC", "99999999999999999999999999999", """{"name":"c","type":"NUMERIC"}""" },
        { "bigquery BIGNUMERIC", Digits38, """{"name":"c","type":"BIGNUMERIC"}""" },
        { "databricks BIGINT", "9007199254740993", """{"name":"c","type_text":"BIGINT"}""" },
        { "databricks DECIMAL(38,0)", Digits38, """{"name":"c","type_text":"DECIMAL(38,0)"}""" },
        { "elastic long", "9007199254740993", "long" },
        { "elastic unsigned_long", "18446744073709551615", "unsigned_long" },
    };

    [Theory]
    [MemberData(nameof(Whole))]
    public async Task Whole_numbers_arrive_alike_from_every_system_with_all_their_digits(string system, string digits, string type)
    {
        var column = system.Split(' ')[0] switch
        {
            "snowflake" => SnowflakeColumns.Of(JsonElement.Parse(type)),
            "bigquery" => BigQueryColumns.Of(JsonElement.Parse(type)),
            "databricks" => DatabricksColumns.Of(JsonElement.Parse(type)),
            _ => ElasticTypes.OfField("c", type),
        };
        // Elasticsearch alone writes its numbers as numbers.
        var cell = system.StartsWith("elastic", StringComparison.Ordinal) ? digits : $"\"{digits}\"";
        Assert.Equal((digits, digits, $"\"{digits}\""),
            (await WriteAsync(column, cell, FieldTarget.Any), await WriteAsync(column, cell, FieldTarget.Number),
            await WriteAsync(column, cell, FieldTarget.String)));
        Assert.Equal(digits, await KeyAsync(column, cell));
    }

    private static async Task<string> WriteAsync(JsonColumn column, string cell, FieldTarget target)
    {
        await using var reader = await OpenAsync(column, cell);
        var json = new JsonBuffer();
        Assert.Null(new CellWriter(reader.Columns[0], reader, target, TimeZoneInfo.Utc, null).Write(reader, json));
        return Encoding.UTF8.GetString(json.Written);
    }

    private static async Task<string?> KeyAsync(JsonColumn column, string cell)
    {
        await using var reader = await OpenAsync(column, cell);
        var key = new KeyReader(reader.Columns[0], reader.GetFieldType(0), "sync 's'").Read(reader, out var rule);
        Assert.Null(rule);
        return key;
    }

    private static async Task<JsonPageReader> OpenAsync(JsonColumn column, string cell)
    {
        var reader = new JsonPageReader("warehouse 'w'", [column], new ArrayRow(), ScriptedPages.Of($"[[{cell}]]"));
        Assert.True(await reader.ReadAsync());
        return reader;
    }
}
