using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Warehouses.Elasticsearch;

namespace PendoSync.Tests.Warehouses.Elasticsearch;

public sealed class ElasticIndexTests : ElasticConformance
{
    protected override Model Model { get; } = new() { Table = "people" };

    protected override string WithoutMember(string json) => HostilePages.Without(json, "hits", "hits");

    protected override string WithoutRow(string json) => HostilePages.WithoutLast(json, "hits", "hits");

    [Theory]
    [InlineData("timed_out")]
    [InlineData("_shards")]
    [InlineData("hits", "total")]
    public async Task First_page_without_one_of_its_members_is_fetched_again(params string[] member)
    {
        var (warehouse, model) = await WithAsync(Rows(25));
        SpoilPage(1, a => a with { Body = HostilePages.Without(a.Body, member) }, 1);
        Assert.Equal(25, (await ReadAsync(warehouse, model)).Count);
    }

    [Fact]
    public async Task Cluster_of_a_cross_cluster_search_that_was_skipped_ends_the_read_instead_of_losing_its_rows()
    {
        var (warehouse, model) = await WithAsync(Rows(5));
        Server!.Spoil(r => r.Path == "/_search", a =>
            a with
            {
                Body = a.Body.Replace("\"timed_out\"", "\"_clusters\":{\"total\":2,\"successful\":1,\"skipped\":1},\"timed_out\"",
            StringComparison.Ordinal)
            }, int.MaxValue);
        AssertProblem(ProblemKind.Transient, await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(warehouse, model)));
    }

    [Fact]
    public async Task Mapping_that_is_no_mapping_is_fetched_again_and_a_pattern_of_no_index_is_named()
    {
        var (warehouse, model) = await WithAsync(Rows(5));
        Server!.Fail(r => r.Path == "/people/_mapping", StandInAnswer.Json(new { }));
        Server.Fail(r => r.Path == "/people/_mapping", StandInAnswer.Json(new { people = new { aliases = 1 } }));
        Assert.Equal(5, (await ReadAsync(warehouse, model)).Count);
        Server.Fail(r => r.Path.EndsWith("/_mapping", StringComparison.Ordinal), StandInAnswer.Json(new { }));
        var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.OpenAsync(new Model { Table = "other*" }, null, default));
        AssertProblem(ProblemKind.Configuration, error);
        Assert.Contains("other*", error.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Index_that_keeps_no_documents_is_refused()
    {
        var (warehouse, model) = await WithAsync(Rows(5));
        Server!.Mapping = new { _source = new { enabled = false }, properties = new { id = new { type = "long" } } };
        var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.OpenAsync(model, null, default));
        AssertProblem(ProblemKind.Configuration, error);
        Assert.Contains("_source", error.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Field_that_the_mapping_keeps_out_of_the_documents_is_no_column_instead_of_always_null()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        Server!.Mapping = new
        {
            _source = new { includes = new[] { "id", "address", "tag*" }, excludes = new[] { "address.secret", "tags.*" } },
            properties = new Dictionary<string, object>
            {
                ["id"] = new { type = "long" },
                ["blob"] = new { type = "keyword" },
                ["address"] = new { properties = new { city = new { type = "keyword" }, secret = new { type = "keyword" } } },
                ["tags"] = new { properties = new { a = new { type = "keyword" } } },
            },
        };
        await using var reader = await warehouse.OpenAsync(model, null, default);
        Assert.Equal(["_id", "id", "address.city"], WarehouseColumns.Of(reader).Select(c => c.Name));
    }

    [Fact]
    public async Task Constant_keywords_and_runtime_fields_are_columns()
    {
        var (warehouse, model) = await WithAsync(Rows(2));
        Server!.Mapping = new
        {
            runtime = new Dictionary<string, object>
            {
                ["domain"] = new { type = "keyword", script = new { source = "emit(...)" } },
                ["score"] = new { type = "long" },
                ["geo"] = new { type = "composite", fields = new { city = new { type = "keyword" } } },
            },
            properties = new Dictionary<string, object>
            {
                ["id"] = new { type = "long" },
                ["tenant"] = new { type = "constant_keyword", value = "acme" }
            },
        };
        Server.Computed = row =>
            new()
            {
                ["domain"] = new[] { "example.com" },
                ["score"] = new[] { row.Id * 10, 7 },
                ["geo.city"] = new[] { "Ulm" },
                ["tenant"] = new[] { "acme" }
            };
        Server.Source = row => new { id = row.Id, score = 1 };
        await using var reader = await warehouse.OpenAsync(model, null, default);
        Assert.Equal(["_id", "domain", "score", "geo.city", "id", "tenant"], WarehouseColumns.Of(reader).Select(c => c.Name));
        Assert.Equal(["doc-1", "example.com", new long?[] { 10, 7 }, "Ulm", 1L, "acme"], (await TestWarehouse.RowsAsync(reader))[0]);
    }

    // What versions without security answer: https://github.com/elastic/elasticsearch/issues/53761,
    // https://github.com/elastic/elasticsearch/issues/50288
    [Theory]
    [InlineData(400, """{"error":"no handler found for uri [/_security/_authenticate] and method [GET]"}""")]
    [InlineData(400, """{"error":{"type":"invalid_index_name_exception","reason":"Invalid index name [_security]"},"status":400}""")]
    [InlineData(405,
        """{"error":"Incorrect HTTP method for uri [/_security/_authenticate] and method [GET], allowed: [POST]","status":405}""")]
    [InlineData(500,
        """{"error":{"type":"exception","reason":"Security must be explicitly enabled when using a [basic] license."},"status":500}""")]
    public async Task Cluster_without_security_passes_check(int status, string body)
    {
        var (warehouse, _) = await WithAsync(Rows(1));
        Server!.Fail(r => r.Path == "/_security/_authenticate", new StandInAnswer(status, body), 100);
        await warehouse.CheckAsync(null, default);
        Server.Fail(r => r.Path == "/", StandInAnswer.Json(new { message = "another server" }), 100);
        AssertProblem(ProblemKind.Transient, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
    }

    [Fact]
    public async Task Document_id_is_a_column_and_a_key()
    {
        var (warehouse, model) = await WithAsync(Rows(20));
        Assert.Equal("doc-7", Assert.Single(await warehouse.ReadAsync(model, ReadFrom.OneKey("_id", "doc-7")))[0]);
        Assert.Empty(await warehouse.ReadAsync(model, ReadFrom.OneKey("id", "doc-7")));
    }

    [Fact]
    public async Task Point_in_time_is_closed_after_the_last_page_and_after_an_early_end()
    {
        var (warehouse, model) = await WithAsync(Rows(35));
        await warehouse.ReadAsync(model);
        Assert.Empty(Server!.Points);
        await using (var reader = await warehouse.OpenAsync(model, null, default))
            Assert.True(await reader.ReadAsync());
        Assert.Empty(Server.Points);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("nested")]
    public async Task Expired_point_in_time_is_a_transient_problem(string form)
    {
        var (warehouse, model) = await WithAsync(Rows(50));
        var pages = 0;
        Server!.Fail(r => r.Path == "/_search" && ++pages > 1, StandInAnswer.Json(form == "nested"
            ? new
            {
                error = new
                {
                    type = "search_phase_execution_exception",
                    reason = "all shards failed",
                    phase = "query",
                    root_cause = new[] { new { type = "search_context_missing_exception", reason = "No search context found for id [7]" } }
                },
                status = 404
            }
            : new { error = new { type = "search_context_missing_exception", reason = "x" }, status = 404 }, 404));
        var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.ReadAsync(model));
        AssertProblem(ProblemKind.Transient, error);
        Assert.True(warehouse.IsTransient(error));
    }

    [Fact]
    public async Task Failed_shard_ends_the_read_instead_of_losing_rows()
    {
        var (warehouse, model) = await WithAsync(Rows(5));
        Server!.Fail(r => r.Path == "/_search",
            StandInAnswer.Json(new
            {
                timed_out = false,
                _shards = new { failed = 1 },
                hits = new { total = new { value = 0, relation = "eq" }, hits = Array.Empty<object>() }
            }), 100);
        AssertProblem(ProblemKind.Transient, await Assert.ThrowsAsync<ProblemException>(() => warehouse.ReadAsync(model)));
    }

    [Fact]
    public async Task Nested_and_dotted_paths_arrays_and_json_are_columns()
    {
        var (warehouse, model) = await WithAsync(Rows(2));
        Server!.Mapping = new
        {
            properties = new Dictionary<string, object>
            {
                ["address"] =
                    new
                    {
                        properties = new
                        {
                            city = new { type = "keyword" },
                            geo = new { properties = new { zip = new { type = "integer" } } }
                        }
                    },
                ["tags"] = new { type = "keyword" },
                ["scores"] = new { type = "integer" },
                ["orders"] = new { type = "nested", properties = new { sku = new { type = "keyword" } } },
                ["place"] = new { type = "geo_point" },
                ["nick"] = new { type = "alias", path = "tags" },
            },
        };
        Server.Source = row => row.Id == 1
            ? new
            {
                address = new { city = "Ulm", geo = new { zip = 89073 } },
                tags = new[] { "a", "b" },
                scores = new int?[] { 1, null },
                orders = new[] { new { sku = "x" } },
                unmapped = 1
            }
            : new Dictionary<string, object>
            {
                ["address.city"] = "Bonn",
                ["address"] = new Dictionary<string, object> { ["geo.zip"] = "53111" },
                ["tags"] = "c"
            };
        await using var reader = await warehouse.OpenAsync(model, null, default);
        Assert.Equal(["_id", "address.city", "address.geo.zip", "tags", "scores", "orders", "place"], WarehouseColumns.Of(reader)
            .Select(c => c.Name));
        var rows = await TestWarehouse.RowsAsync(reader);
        Assert.Equal(["doc-1", "Ulm", 89073L, new[] { "a", "b" }, new long?[] { 1, null }, "[{\"sku\":\"x\"}]", DBNull.Value], rows[0]);
        Assert.Equal(["doc-2", "Bonn", 53111L, "c", DBNull.Value, DBNull.Value, DBNull.Value], rows[1]);
    }

    [Fact]
    public async Task Text_without_keyword_cannot_be_a_key()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        Server!.Mapping = new { properties = new { name = new { type = "text" } } };
        var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.OpenAsync(model, ReadFrom.OneKey("name", "x"), default));
        AssertProblem(ProblemKind.Configuration, error);
        Assert.Contains("keyword", error.Problem.Fix!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "security_exception", ProblemKind.Configuration)]
    [InlineData(403, "security_exception", ProblemKind.Configuration)]
    [InlineData(404, "index_not_found_exception", ProblemKind.Configuration)]
    [InlineData(400, "illegal_argument_exception", ProblemKind.Configuration)]
    [InlineData(429, "es_rejected_execution_exception", ProblemKind.Throttled)]
    [InlineData(425, "", ProblemKind.Transient)]
    [InlineData(503, "no_shard_available_action_exception", ProblemKind.Transient)]
    [InlineData(500, "null_pointer_exception", ProblemKind.Transient)]
    public async Task Error_becomes_a_problem(int status, string type, ProblemKind kind)
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        Server!.Fail(_ => true, StandInAnswer.Json(new { error = new { type, reason = "field of ann@example.com" }, status }, status),
            times: 100);
        AssertProblem(kind, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(model, default)));
    }

    [Fact]
    public async Task Each_way_to_log_in_is_sent_and_a_wrong_one_is_refused()
    {
        await WithAsync(Rows(1));
        AssertProblem(ProblemKind.Configuration, await Assert.ThrowsAsync<ProblemException>(() => Open(("api_key", "${secret:wrong}"))
            .CheckAsync(null, default)));
        foreach (var (change, header) in new[]
        {
            (new[] { ("api_key", ""), ("token", "${secret:key}") }, $"Bearer {PlantedSecret}"),
            ([("api_key", ""), ("user", "ann"), ("password", "${secret:key}")], "Basic "
                + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"ann:{PlantedSecret}"))),
        })
        {
            await Assert.ThrowsAsync<ProblemException>(() => Open(change).CheckAsync(null, default));
            Assert.Equal(header, Server!.Seen[^1].Header("Authorization"));
        }
    }

    [Theory]
    [InlineData("https://no-such-host.invalid:9200", ProblemKind.Connection)]
    [InlineData("http://no-such-host.invalid:9200", ProblemKind.Configuration)]
    [InlineData("http://127.0.0.1:1", ProblemKind.Connection)]
    [InlineData("es.example.com", ProblemKind.Configuration)]
    public async Task Wrong_url_is_a_problem(string url, ProblemKind kind)
    {
        await WithAsync(Rows(1));
        AssertProblem(kind, await Assert.ThrowsAsync<ProblemException>(() => Open(("url", url)).CheckAsync(null, default)));
    }
}
