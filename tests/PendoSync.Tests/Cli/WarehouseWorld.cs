using System.Text.Json;
using PendoSync.Tests.Warehouses;
using PendoSync.Tests.Warehouses.Identity;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

/// <summary>A project whose only sync reads the suite's table "people" from one warehouse, and the simulator it goes to.</summary>
internal sealed class WarehouseWorld : IAsyncDisposable
{
    /// <summary>A secret that the system refuses; it must never be shown.</summary>
    public const string WrongSecret = "planted-and-wrong";

    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly CliWorld _world;
    private readonly string _type;

    private WarehouseWorld(CliWorld world, string type) => (_world, _type) = (world, type);

    /// <summary>Rows of "people"; the last one has the nulls.</summary>
    public static IReadOnlyList<SuiteRow> Rows { get; } =
    [
        .. Enumerable.Range(1, 12).Select(i => new SuiteRow(i, $"Person {i}", i + 0.25m, Noon.AddSeconds(i), i % 2 == 0)),
        new(13, null, null, null, null),
    ];

    public PendoSimulator.PendoSimulatorHost Pendo => _world.Pendo;

    public static async Task<WarehouseWorld> CreateAsync(string type)
    {
        var world = await CliWorld.CreateAsync(visitors: 1);
        world.Write("syncs/visitors.yaml", """
            name: people
            warehouse: source
            model: { table: people }
            pendo: sim
            object: visitor
            behavior: update_or_create
            key: id
            fields:
              label: name
              amount: { column: amount, type: number }
              active: active
              seen: { column: updated_at, type: time }
            create_fields: true

            """);
        return new WarehouseWorld(world, type);
    }

    /// <summary>Names the warehouse and its secret, as a user's pendosync.yaml and .env do.</summary>
    public void Connect(IEnumerable<(string Name, string Value)> settings, string secret)
    {
        var text = string.Concat(settings.Select(s => s.Name == "port" ? $"    port: {s.Value}\n" : $"    {s.Name}: \"{s.Value}\"\n"));
        _world.Write("pendosync.yaml", $$"""
            version: 1
            pendo:
              sim:
                api_url: {{_world.Pendo.BaseAddress}}
                data_url: {{_world.Pendo.BaseAddress}}
                integration_key: ${secret:pendo-key}
            warehouses:
              source:
                type: {{_type}}

            """ + text);
        _world.Write(".env", $"PENDO_KEY={ProjectFolder.Key}\nWAREHOUSE='{secret}'\n");
    }

    /// <summary>Takes another table.</summary>
    public void ReadFrom(string table) => _world.Edit("syncs/visitors.yaml", "table: people", "table: " + table);

    /// <summary>Writes a file of the project.</summary>
    public void Write(string name, string text) => _world.Write(name, text);

    /// <summary>Full path of a file of the project.</summary>
    public string PathOf(string name) => Path.Combine(_world.Folder, name);

    /// <summary>Variables of the environment that it runs in.</summary>
    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    /// <summary>Sets what Azure Functions sets for its identity, and returns the settings of a connection that takes it.</summary>
    /// <param name="endpoint">Gives tokens.</param>
    /// <param name="inConnection">The connection names the identity, and the app has another one; else it is the app's.</param>
    public (string Name, string Value)[] TakeIdentity(IdentityEndpoint endpoint, bool inConnection)
    {
        Variables["IDENTITY_ENDPOINT"] = endpoint.Url + "/msi/token";
        Variables["IDENTITY_HEADER"] = IdentityEndpoint.Header;
        Variables["ManagedIdentity__ClientId"] = inConnection ? Guid.NewGuid().ToString() : endpoint.ClientId;
        return inConnection ? [("auth", "entra"), ("client_id", endpoint.ClientId)] : [("auth", "entra")];
    }

    public CliProcess Start(params string[] arguments) => CliProcess.Start([.. arguments, "--project", _world.Folder], Variables);

    /// <summary>Runs it in this process, or in its own where it needs variables of its own.</summary>
    public Task<CliResult> RunAsync(params string[] arguments) => Variables.Count == 0 ? _world.RunAsync(arguments)
        : CliProcess.RunAsync([.. arguments, "--project", _world.Folder], Variables);

    /// <summary>Check is content with everything, and plan maps every row of the system's own table.</summary>
    public async Task AssertCheckedAndPlannedAsync()
    {
        var checks = (await RunAsync("check", "--json")).Ended(0).Json.GetProperty("checks").EnumerateArray()
            .ToDictionary(c => c.GetProperty("name").GetString()!);
        Assert.Equal(["pendo sim", "sync people", "warehouse source"], checks.Keys.Order(StringComparer.Ordinal));
        Assert.All(checks.Values, c => Assert.True(c.GetProperty("ok").GetBoolean(), c.GetRawText()));
        Assert.Equal($"{_type} answers", checks["warehouse source"].GetProperty("message").GetString());

        var plan = Assert.Single((await RunAsync("plan", "people", "--json")).Ended(0).Json.GetProperty("syncs").EnumerateArray());
        Assert.Equal((Rows.Count, 0, Rows.Count), (plan.GetProperty("read").GetInt32(), plan.GetProperty("invalid").GetInt32(),
            plan.GetProperty("reasons").GetProperty("new").GetInt32()));
        var third = plan.GetProperty("sample").EnumerateArray().Where(s => s.GetProperty("key").GetString() == "3")
            .ToDictionary(s => s.GetProperty("field").GetString()!, s => s.GetProperty("new") is { ValueKind: JsonValueKind.String } text
                ? text.GetString()! : s.GetProperty("new").GetRawText(), StringComparer.Ordinal);
        Assert.Equal(("Person 3", "3.25", "false", "2026-03-01T12:00:03Z"),
            (third["label"], third["amount"], third["active"], third["seen"]));
    }

    /// <summary>Check ends with this code and one line that names the connection and the fix, and shows no secret.</summary>
    public async Task AssertCheckRefusedAsync(int code, string says, string secret)
    {
        var check = (await RunAsync("check", "--json")).Ended(code);
        var failed = check.Json.GetProperty("checks").EnumerateArray().First(c => !c.GetProperty("ok").GetBoolean());
        AssertOneLine(check, failed.GetProperty("message").GetString()!, failed.GetProperty("fix").GetString()!, says, secret);
    }

    /// <summary>The same of plan.</summary>
    public async Task AssertPlanRefusedAsync(int code, string says, string secret)
    {
        var plan = (await RunAsync("plan", "people", "--json")).Ended(code);
        var error = plan.Json.GetProperty("syncs")[0].GetProperty("error");
        AssertOneLine(plan, $"{error.GetProperty("place").GetString()}: {error.GetProperty("message").GetString()}",
            error.GetProperty("fix").GetString()!, says, secret);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private static void AssertOneLine(CliResult result, string message, string fix, string says, string secret)
    {
        Assert.StartsWith("warehouse 'source': ", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\n', message + fix);
        Assert.NotEqual("", fix);
        Assert.DoesNotContain(secret, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, result.Error, StringComparison.Ordinal);
    }
}
