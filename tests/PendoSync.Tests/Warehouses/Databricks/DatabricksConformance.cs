using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;

namespace PendoSync.Tests.Warehouses.Databricks;

/// <summary>The suite against the stand-in: once with links, once inline.</summary>
public abstract class DatabricksConformance : PagedWarehouseConformance, IAsyncLifetime
{
    private protected DatabricksStandIn Server { get; } = new();

    private protected EagerClock Clock { get; } = new();

    protected override string PlantedSecret => DatabricksStandIn.Token;

    protected override int PageSize => 3;

    public Task InitializeAsync() => Server.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();

    protected override Task<(IWarehouse Warehouse, Model Model)> WithAsync(IEnumerable<SuiteRow> rows)
    {
        Server.Rows = [.. rows];
        return Task.FromResult((Open(), new Model { Table = "people" }));
    }

    protected override void FailThirdPage(bool forGood) =>
        Server.Fail(r => r.Path.EndsWith("/chunks/2", StringComparison.Ordinal), Error(503, "TEMPORARILY_UNAVAILABLE"),
            forGood ? int.MaxValue : 1);

    protected virtual string Disposition => "auto";

    private protected static StandInAnswer Error(int status, string code) =>
        StandInAnswer.Json(new { error_code = code, message = DatabricksStandIn.Token }, status);

    private protected System.Text.Json.JsonElement Submission() => Server.Seen.Last(r => r.Method == "POST").Json;

    private protected IWarehouse Open(params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string> { ["token"] = "${secret:token}", ["disposition"] = Disposition };
        foreach (var (name, value) in more)
            settings[name] = value;
        return Make(settings, DatabricksStandIn.Token);
    }

    private protected IWarehouse Make(Dictionary<string, string> settings, string secret) =>
        TestWarehouse.Make("databricks", Settings(settings), new Dictionary<string, string> { ["token"] = secret }, clock: Clock);

    private protected Dictionary<string, string> Settings(Dictionary<string, string> settings)
    {
        settings.TryAdd("host", "adb-1.azuredatabricks.net");
        settings.TryAdd("warehouse_id", "wh1");
        settings["endpoint"] = Server.Url;
        return settings;
    }
}

public sealed class DatabricksInlineTests : DatabricksConformance
{
    protected override string Disposition => "inline";

    private protected override void SpoilPage(int page, Func<StandInAnswer, StandInAnswer> change, int times)
    {
        Server.Polls = 0;
        Server.Spoil(r => page == 1 ? r.Method == "POST" : r.Path.EndsWith($"/chunks/{page - 1}", StringComparison.Ordinal), change, times);
    }

    protected override string WithoutMember(string json) => HostilePages.Without(json, [.. Result(json), "data_array"]);

    protected override string WithoutRow(string json) => HostilePages.WithoutLast(json, [.. Result(json), "data_array"]);

    [Theory]
    [InlineData("statement_id")]
    [InlineData("status")]
    [InlineData("manifest")]
    [InlineData("result")]
    [InlineData("manifest", "schema")]
    [InlineData("manifest", "total_row_count")]
    [InlineData("result", "next_chunk_internal_link")]
    public async Task First_page_without_one_of_its_members_never_ends_as_a_whole_read(params string[] member)
    {
        var (warehouse, model) = await WithAsync(Rows(7));
        SpoilPage(1, a => a with { Body = HostilePages.Without(a.Body, member) }, int.MaxValue);
        AssertProblem(ProblemKind.Transient, await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(warehouse, model)));
    }

    private static string[] Result(string json) => json.Contains("\"statement_id\"", StringComparison.Ordinal) ? ["result"] : [];
}
