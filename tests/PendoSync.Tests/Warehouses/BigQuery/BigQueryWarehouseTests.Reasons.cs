using System.Text.Json;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Values;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Warehouses.BigQuery;

public sealed partial class BigQueryWarehouseTests
{
    [Theory]
    [InlineData(401, "authError", ProblemKind.Configuration)]
    [InlineData(403, "accessDenied", ProblemKind.Configuration)]
    [InlineData(500, "backendError", ProblemKind.Transient)]
    [InlineData(503, "backendError", ProblemKind.Transient)]
    [InlineData(408, "none", ProblemKind.Transient)]
    [InlineData(425, "none", ProblemKind.Transient)]
    [InlineData(403, "billingNotEnabled", ProblemKind.Configuration)]
    [InlineData(400, "billingTierLimitExceeded", ProblemKind.Configuration)]
    [InlineData(403, "blocked", ProblemKind.Configuration)]
    [InlineData(500, "internalError", ProblemKind.Transient)]
    [InlineData(400, "invalid", ProblemKind.Configuration)]
    [InlineData(400, "invalidQuery", ProblemKind.Configuration)]
    [InlineData(400, "jobBackendError", ProblemKind.Transient)]
    [InlineData(400, "jobInternalError", ProblemKind.Transient)]
    [InlineData(400, "jobRateLimitExceeded", ProblemKind.Throttled)]
    [InlineData(404, "notFound", ProblemKind.Configuration)]
    [InlineData(403, "quotaExceeded", ProblemKind.Throttled)]
    [InlineData(403, "rateLimitExceeded", ProblemKind.Throttled)]
    [InlineData(400, "resourcesExceeded", ProblemKind.Configuration)]
    [InlineData(403, "responseTooLarge", ProblemKind.Configuration)]
    [InlineData(200, "stopped", ProblemKind.Transient, 400)]
    [InlineData(400, "tableUnavailable", ProblemKind.Transient)]
    [InlineData(400, "timeout", ProblemKind.Transient)]
    [InlineData(429, "rateLimitExceeded", ProblemKind.Throttled)]
    public async Task Every_documented_reason_becomes_a_problem(int documented, string reason, object kind, int? sent = null)
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server.Fail(r => r.Path.EndsWith("/queries", StringComparison.Ordinal), Error(sent ?? documented, reason, "Bad value"),
            int.MaxValue);
        AssertProblem((ProblemKind)kind, await Assert.ThrowsAsync<ProblemException>(() => warehouse.OpenAsync(model, null, default)));
    }

    [Fact]
    public async Task Message_that_quotes_a_value_is_not_shown()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server.Fail(r => r.Path.EndsWith("/queries", StringComparison.Ordinal),
            Error(400, "invalidQuery", "Bad int64 value: jane@example.com"));
        var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.OpenAsync(model, null, default));
        Assert.DoesNotContain("jane", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_token_that_is_no_longer_known_asks_for_a_new_attempt()
    {
        var (warehouse, model) = await WithAsync(Rows(9));
        _server.Fail(r => r.Parameter("pageToken") == "page:3", Error(404, "notFound", "Not found: Job"), int.MaxValue);
        var error = await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(warehouse, model));
        Assert.True(warehouse.IsTransient(error));
    }
}
