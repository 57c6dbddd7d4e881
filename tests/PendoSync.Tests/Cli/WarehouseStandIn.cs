using System.Security.Cryptography;
using System.Text.Json;
using PendoSync.Tests.Warehouses.BigQuery;
using PendoSync.Tests.Warehouses.Databricks;
using PendoSync.Tests.Warehouses.Elasticsearch;
using PendoSync.Tests.Warehouses.GoogleSheets;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Tests.Warehouses.Snowflake;

namespace PendoSync.Tests.Cli;

/// <summary>A running stand-in for a REST system, with the settings and the secret that it lets in.</summary>
internal sealed record WarehouseStandIn(StandInServer Server, string Secret, string AddressSetting,
    params (string Name, string Value)[] Settings) : IAsyncDisposable
{
    /// <summary>A secret of the right form that the system refuses.</summary>
    public string WrongSecret { get; init; } = WarehouseWorld.WrongSecret;

    /// <summary>What of <see cref="WrongSecret"/> must not be shown.</summary>
    public string Planted { get; init; } = WarehouseWorld.WrongSecret;

    /// <summary>The settings with the address of the stand-in, or another.</summary>
    public IEnumerable<(string Name, string Value)> At(string? url = null) => [.. Settings, (AddressSetting, url ?? Server.Url)];

    public static async Task<WarehouseStandIn> StartAsync(string type)
    {
        StandInServer server = type switch
        {
            "snowflake" => new SnowflakeStandIn { Rows = WarehouseWorld.Rows },
            "bigquery" => new BigQueryStandIn { Rows = WarehouseWorld.Rows },
            "databricks" => new DatabricksStandIn { Rows = WarehouseWorld.Rows },
            "elasticsearch" => new ElasticStandIn(WarehouseWorld.Rows, "ApiKey elastic-key"),
            _ => new SheetsStandIn(WarehouseWorld.Rows),
        };
        await server.StartAsync();
        return server switch
        {
            SnowflakeStandIn => new(server, SnowflakeStandIn.Pat, "endpoint", ("account", "a"), ("token", "${secret:warehouse}")),
            BigQueryStandIn google =>
                WithOtherKey(new(server, google.Credentials, "endpoint", ("project", BigQueryStandIn.Project),
                ("credentials", "${secret:warehouse}"))),
            DatabricksStandIn =>
                new(server, DatabricksStandIn.Token, "endpoint", ("host", "adb-1.azuredatabricks.net"), ("warehouse_id", "wh1"),
                ("token", "${secret:warehouse}")),
            ElasticStandIn => new(server, "elastic-key", "url", ("api_key", "${secret:warehouse}")),
            SheetsStandIn google =>
                WithOtherKey(new(server, google.Credentials, "endpoint", ("spreadsheet", SheetsStandIn.Spreadsheet),
                ("credentials", "${secret:warehouse}"))),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    // Google's wrong secret is a key file whose key the account no longer has.
    private static WarehouseStandIn WithOtherKey(WarehouseStandIn standIn)
    {
        using var key = RSA.Create(2048);
        var pem = key.ExportPkcs8PrivateKeyPem();
        var file = JsonSerializer.Deserialize<Dictionary<string, string>>(standIn.Secret)!;
        file["private_key"] = pem;
        return standIn with { WrongSecret = JsonSerializer.Serialize(file), Planted = pem.Split('\n')[3] };
    }
}
