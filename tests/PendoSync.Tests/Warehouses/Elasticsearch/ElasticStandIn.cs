using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PendoSync.Tests.Warehouses.PagingKit;

namespace PendoSync.Tests.Warehouses.Elasticsearch;

/// <summary>
/// Elasticsearch's documented contract over the suite's rows in the index "people": login, mapping, point in time (each search gives a new
/// id, an old one is refused), search_after, the SQL API with cursors, error bodies. What the real one refuses, it refuses.
/// </summary>
internal sealed partial class ElasticStandIn(IReadOnlyList<SuiteRow> rows, string authorization) : StandInServer
{
    private readonly Dictionary<string, (int At, List<SuiteRow> Rows)> _cursors = [];
    private readonly ConcurrentDictionary<string, int> _searched = new();
    private int _ids;

    /// <summary>The newest id of each point in time that is open.</summary>
    public ConcurrentDictionary<string, string> Points { get; } = new();

    /// <summary>The mapping of "people".</summary>
    public object Mapping { get; set; } = new
    {
        properties = new Dictionary<string, object>
        {
            ["id"] = new { type = "long" },
            ["name"] = new { type = "text", fields = new { keyword = new { type = "keyword" } } },
            ["amount"] = new { type = "scaled_float", scaling_factor = 1_000_000 },
            ["updated_at"] = new { type = "date" },
            ["active"] = new { type = "boolean" },
        },
    };

    /// <summary>A document's source; null: made of the row.</summary>
    public Func<SuiteRow, object>? Source { get; set; }

    /// <summary>What "fields" holds besides the dates, of those that are asked for.</summary>
    public Func<SuiteRow, Dictionary<string, object>>? Computed { get; set; }

    protected override StandInAnswer Answer(SeenRequest request)
    {
        if (request.Header("Authorization") != authorization)
            return Error(401, "security_exception", "unable to authenticate");
        return (request.Method, request.Path) switch
        {
            ("GET", "/") =>
                StandInAnswer.Json(new
                {
                    name = "node",
                    cluster_uuid = "u",
                    version = new { number = "8.15.0" },
                    tagline = "You Know, for Search"
                }),
            ("GET", "/_security/_authenticate") => StandInAnswer.Json(new { username = "reader" }),
            ("GET", "/people/_mapping") => StandInAnswer.Json(new { people = new { mappings = Mapping } }),
            ("POST", "/people/_pit") => request.Parameter("keep_alive") is null
                ? Error(400, "action_request_validation_exception", "keep_alive is not specified")
                : StandInAnswer.Json(new { id = NewId($"{Interlocked.Increment(ref _ids)}") }),
            ("POST", "/_search") => Search(request.Json),
            ("DELETE", "/_pit") =>
                StandInAnswer.Json(new { succeeded = Points.TryRemove(request.Json.GetProperty("id").GetString()!.Split('-')[0], out _) }),
            ("POST", "/_sql") => Sql(request.Json),
            ("POST", "/_sql/close") =>
                StandInAnswer.Json(new { succeeded = _cursors.Remove(request.Json.GetProperty("cursor").GetString()!) }),
            var (_, path) when path.EndsWith("/_mapping", StringComparison.Ordinal) || path.EndsWith("/_pit", StringComparison.Ordinal) =>
                Error(404, "index_not_found_exception", $"no such index [{path.Split('/')[1]}]"),
            _ => Error(400, "illegal_argument_exception", "no handler found"),
        };
    }

    private static StandInAnswer Error(int status, string type, string reason) =>
        StandInAnswer.Json(new { error = new { type, reason, root_cause = new[] { new { type, reason } } }, status }, status);

    // Any id of a point closes it, but only its newest may be searched.
    private string NewId(string point) => Points[point] = $"{point}-{Interlocked.Increment(ref _ids)}";

    private static int NumberOf(string id) => int.Parse(id.Split('-')[1], CultureInfo.InvariantCulture);

    private StandInAnswer Search(JsonElement body)
    {
        var size = body.GetProperty("size").GetInt32();
        if (size > 10_000)
            return Error(400, "illegal_argument_exception", "Result window is too large");
        var id = body.GetProperty("pit").GetProperty("id").GetString()!;
        // An id older than the one searched last is refused; newer ones may have been lost on their way.
        var point = id.Split('-')[0];
        if (!Points.ContainsKey(point) || NumberOf(id) < _searched.GetValueOrDefault(point))
            return Error(404, "search_context_missing_exception", "No search context found for id");
        _searched[point] = NumberOf(id);
        if (body.GetProperty("sort")[0].GetProperty("_shard_doc").GetString() != "asc")
            return Error(400, "illegal_argument_exception", "the sort must stay the same");
        var after = body.TryGetProperty("search_after", out var values) ? values[0].GetInt64() : -1;
        var all = rows.Where(r => !body.TryGetProperty("query", out var query) || Matches(query, r)).ToList();
        var found = rows.Select((row, at) => (Row: row, At: (long)at))
            .Where(r => r.At > after && (!body.TryGetProperty("query", out var query) || Matches(query, r.Row))).Take(size);
        var dates = body.GetProperty("fields").EnumerateArray()
            .Select(f => (Field: f.GetProperty("field").GetString()!, Format: f.TryGetProperty("format", out var format)
            ? format.GetString() : null)).ToList();
        return StandInAnswer.Json(new
        {
            pit_id = NewId(id.Split('-')[0]),
            timed_out = false,
            _shards = new { failed = 0 },
            hits = new
            {
                total = body.GetProperty("track_total_hits").GetBoolean() ? new { value = all.Count, relation = "eq" } : null,
                hits = found.Select(hit => new
                {
                    _id = $"doc-{hit.Row.Id}",
                    _source = Source?.Invoke(hit.Row) ?? Document(hit.Row),
                    fields = dates.Where(d => d.Format is null ? Computed is not null : hit.Row.UpdatedAt is not null)
                        .ToDictionary(d => d.Field, d => d.Format is null ? Computed!(hit.Row)[d.Field]
                            : new[] { Iso(hit.Row.UpdatedAt!.Value) }),
                    sort = new[] { hit.At },
                }),
            },
        });
    }

    // A date may stand in a document in any form its mapping takes; only "fields" has one form.
    private static object Document(SuiteRow row) =>
        new
        {
            id = row.Id,
            name = row.Name,
            amount = row.Amount,
            updated_at = row.UpdatedAt?.ToUnixTimeMilliseconds(),
            active = row.Active
        };

    private static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static bool Matches(JsonElement query, SuiteRow row)
    {
        var clause = query.EnumerateObject().Single();
        switch (clause.Name)
        {
            case "bool" when clause.Value.TryGetProperty("must_not", out var not):
                return !Matches(not, row);
            case "bool":
                return clause.Value.GetProperty("minimum_should_match").GetInt32() == 1 && clause.Value.GetProperty("should")
                    .EnumerateArray().Any(q => Matches(q, row));
            case "exists":
                return ValueOf(row, clause.Value.GetProperty("field").GetString()!) is not null;
            case "ids":
                return clause.Value.GetProperty("values").EnumerateArray().Any(v => v.GetString() == $"doc-{row.Id}");
            case "match_none":
                return false;
            case "term":
                var term = clause.Value.EnumerateObject().Single();
                return Convert.ToString(ValueOf(row, term.Name), CultureInfo.InvariantCulture) == term.Value.GetProperty("value")
                    .ToString();
            case "range":
                var range = clause.Value.EnumerateObject().Single();
                return ValueOf(row, range.Name) switch
                {
                    DateTimeOffset time => range.Value.GetProperty("format").GetString() == "strict_date_optional_time"
                        && time >= range.Value.GetProperty("gte").GetDateTimeOffset(),
                    long number => number >= range.Value.GetProperty("gte").GetInt64(),
                    _ => false,
                };
            default:
                throw new InvalidOperationException(clause.Name);
        }
    }

    private static object? ValueOf(SuiteRow row, string field) => field switch
    {
        "id" => row.Id,
        "name.keyword" => row.Name,
        "updated_at" => row.UpdatedAt,
        _ => throw new InvalidOperationException($"the stand-in cannot search '{field}'"),
    };

    private StandInAnswer Sql(JsonElement body)
    {
        if (body.TryGetProperty("cursor", out var cursor))
        {
            return _cursors.Remove(cursor.GetString()!, out var open)
                ? StandInAnswer.Json(Rest(open.Rows, open.At, 10))
                : Error(404, "search_context_missing_exception", "No search context found for id");
        }

        var sql = body.GetProperty("query").GetString()!;
        if (!sql.Contains("from people", StringComparison.Ordinal))
            return Error(400, "verification_exception", "Found 1 problem line 1:15: Unknown index [no_such_table]");
        var found = rows.ToList();
        if (Filter().Match(sql) is { Success: true } filter)
        {
            var column = filter.Groups["column"].Value;
            if (column is not ("id" or "name" or "updated_at"))
                return Error(400, "verification_exception", $"Found 1 problem line 1:15: Unknown column [{column}]");
            var value = body.GetProperty("params")[0];
            found = found.Where(row => filter.Groups["key"].Success
                ? Convert.ToString(column == "id" ? row.Id : row.Name, CultureInfo.InvariantCulture) == value.GetString()
                : column == "id" ? row.Id >= value.GetInt64() : row.UpdatedAt is null || row.UpdatedAt >= value.GetDateTimeOffset())
                    .ToList();
        }

        var page = Rest(found, 0, body.GetProperty("fetch_size").GetInt32());
        page["columns"] = new[] { ("id", "long"), ("name", "text"), ("amount", "scaled_float"), ("updated_at", "datetime"),
            ("active", "boolean") }.Select(c => new { name = c.Item1, type = c.Item2 });
        return StandInAnswer.Json(page);
    }

    private Dictionary<string, object> Rest(List<SuiteRow> found, int at, int size)
    {
        var page = new Dictionary<string, object>
        {
            ["rows"] = found.Skip(at).Take(size)
                .Select(r => new object?[] { r.Id, r.Name, r.Amount, r.UpdatedAt is { } time ? Iso(time) : null, r.Active }),
        };
        if (at + size < found.Count)
        {
            var cursor = $"cursor-{++_ids}";
            _cursors[cursor] = (at + size, found);
            page["cursor"] = cursor;
        }

        return page;
    }

    [GeneratedRegex("where (?:cast\\(\"(?<column>[^\"]+)\" as varchar\\)(?<key> = )\\?|\"(?<column>[^\"]+)\" >= \\? or )")]
    private static partial Regex Filter();
}
