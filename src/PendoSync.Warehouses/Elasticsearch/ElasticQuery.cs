using System.Globalization;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Warehouses.Elasticsearch;

/// <summary>
/// The part of a model as Query DSL. https://www.elastic.co/docs/reference/query-languages/query-dsl/query-dsl-bool-query
/// </summary>
internal static class ElasticQuery
{
    /// <summary>A query for the rows of a cursor or of one key.</summary>
    /// <exception cref="ProblemException">Configuration: no such column, or one that cannot be searched exactly.</exception>
    public static object Of(ReadFrom from, ElasticFields fields, WarehouseProblems problems)
    {
        var columns = fields.Columns.Select((c, i) => new WarehouseColumn(i, c.Name, c.Type.Kind, c.SystemType)).ToList();
        var column = problems.Find(columns, from.Cursor?.Column ?? from.Key!.Column);
        if (from.Key is { Key: var key } && column.Name == "_id")
            return new { ids = new { values = new[] { key } } };
        var field = column.Name == "_id" ? null : fields.ExactOf(column);
        if (field is null)
        {
            throw problems.Configuration($"the field '{column.Name}' cannot be searched by its exact value",
                column.Name == "_id" ? "Use another field as the cursor."
                : "Give it a keyword sub-field in the index's mapping, or use a keyword field.");
        }

        if (from.Key is not null)
            return KeyIs(field, from.Key.Key, column.SystemType);
        return new
        {
            @bool = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["should"] = new[] { AtLeast(field, from.Cursor!.Value),
                    Named("bool", Named("must_not", Named("exists", Named("field", field)))) },
                ["minimum_should_match"] = 1,
            },
        };
    }

    /// <summary>A parameter as JSON can hold it.</summary>
    public static object ValueOf(object value) => value is not CursorValue cursor ? value : cursor.Parameter switch
    {
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        // Cut to milliseconds, what a date field keeps: a lower bound must not pass an equal value.
        DateTime time => time.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        DateTimeOffset instant => instant.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        var other => other,
    };

    private static Dictionary<string, object> AtLeast(string field, CursorValue value)
    {
        var range = Named("gte", ValueOf(value));
        if (value.Kind is CursorKind.Date or CursorKind.Timestamp or CursorKind.Instant)
            range["format"] = "strict_date_optional_time";
        return Named("range", Named(field, range));
    }

    // A key that is no number is in no numeric field; asking would be an error.
    private static Dictionary<string, object> KeyIs(string field, string key, string type) => type switch
    {
        "long" or "integer" or "short" or "byte" or "unsigned_long" =>
            decimal.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? Named("term", Named(field, Named("value", number)))
                : Named("match_none", new Dictionary<string, object>(StringComparer.Ordinal)),
        _ => Named("term", Named(field, Named("value", key))),
    };

    private static Dictionary<string, object> Named(string name, object value) => new(StringComparer.Ordinal) { [name] = value };
}
