using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;

namespace PendoSync.Tests.Warehouses.Elasticsearch;

public sealed class ElasticSqlTests : ElasticConformance
{
    protected override Model Model { get; } = new() { Sql = "select * from people" };

    protected override bool CanFetchAgain => false;

    protected override bool Announces => false;

    protected override string WithoutMember(string json) => HostilePages.Without(json, "rows");

    protected override string WithoutRow(string json) => HostilePages.WithoutLast(json, "rows");

    protected override Model Missing { get; } = new() { Sql = "select * from no_such_table" };

    [Fact]
    public async Task Read_that_is_closed_early_closes_its_cursor()
    {
        var (warehouse, model) = await WithAsync(Rows(100));
        await using (var reader = await warehouse.OpenAsync(model, null, default))
            Assert.True(await reader.ReadAsync());
        Assert.Contains(Server!.Seen, r => r.Path == "/_sql/close" && r.Json.GetProperty("cursor")
            .GetString()!.StartsWith("cursor-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Several_values_in_one_cell_are_an_error_and_times_are_utc()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        await warehouse.ReadAsync(model);
        var body = Server!.Seen.Single(r => r.Path == "/_sql").Json;
        Assert.False(body.GetProperty("field_multi_value_leniency").GetBoolean());
        Assert.Equal("Z", body.GetProperty("time_zone").GetString());
    }
}
