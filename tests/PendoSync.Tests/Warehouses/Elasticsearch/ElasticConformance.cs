using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;

namespace PendoSync.Tests.Warehouses.Elasticsearch;

/// <summary>The suite against the stand-in: once for an index, once for SQL.</summary>
public abstract class ElasticConformance : PagedWarehouseConformance, IAsyncLifetime
{
    private protected ElasticStandIn? Server { get; private set; }

    private protected IWarehouse? Warehouse { get; private set; }

    protected override string PlantedSecret => "planted-elastic-key";

    protected override int PageSize => 10;

    // A date field keeps milliseconds.
    protected override SuiteRow Big => base.Big with { UpdatedAt = Noon.AddMilliseconds(123) };

    protected abstract Model Model { get; }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (Warehouse is not null)
            await Warehouse.DisposeAsync();
        if (Server is not null)
            await Server.DisposeAsync();
    }

    protected override async Task<(IWarehouse Warehouse, Model Model)> WithAsync(IEnumerable<SuiteRow> rows)
    {
        var all = rows.ToList();
        Server = new ElasticStandIn(all, $"ApiKey {PlantedSecret}");
        await Server.StartAsync();
        // Small pages where a test pages, large ones for the long read.
        Warehouse = Open(("page_size", all.Count > 1000 ? "1000" : $"{PageSize}"));
        return (Warehouse, Model);
    }

    protected override void FailThirdPage(bool forGood)
    {
        var pages = 0;
        Server!.Fail(r => r.Path is "/_search" or "/_sql" && ++pages > 2,
            StandInAnswer.Json(new { error = new { type = "unavailable_shards_exception" } }, 503), forGood ? 100 : 1);
    }

    private protected override void SpoilPage(int page, Func<StandInAnswer, StandInAnswer> change, int times)
    {
        var pages = 0;
        Server!.Spoil(r => r.Path is "/_search" or "/_sql" && ++pages >= page, change, times);
    }

    private protected IWarehouse Open(params (string Name, string Value)[] change)
    {
        var settings = new Dictionary<string, string> { ["url"] = Server!.Url + "/", ["api_key"] = "${secret:key}" };
        foreach (var (name, value) in change)
        {
            if (value.Length == 0)
                settings.Remove(name);
            else
                settings[name] = value;
        }

        return TestWarehouse.Make("elasticsearch", settings,
            new Dictionary<string, string> { ["key"] = PlantedSecret, ["wrong"] = PlantedSecret + "x" }, clock: new EagerClock());
    }
}
