using PendoSimulator;

namespace PendoSync.Tests.Worlds;

/// <summary>
/// A small installation's files, as a user has them, in a folder that goes away with its test: pendosync.yaml, syncs, .env and a warehouse
/// in SQLite; and the real simulator that they lead to.
/// </summary>
internal sealed class ProjectFolder : IAsyncDisposable
{
    /// <summary>The integration key that the simulator takes, and `.env` holds as `pendo-key`.</summary>
    public const string Key = "demo-key";

    private readonly TemporaryFolder _folder = new();

    private ProjectFolder(PendoSimulatorHost pendo)
    {
        Pendo = pendo;
        Warehouse = new SqliteFile(_folder.File("warehouse.db"));
        Write(".env", $"PENDO_KEY={Key}\nTRACK_SECRET=demo-secret\n");
        Connect();
    }

    /// <summary>What the syncs lead to.</summary>
    public PendoSimulatorHost Pendo { get; }

    /// <summary>The warehouse `local`.</summary>
    public SqliteFile Warehouse { get; }

    /// <summary>The folder.</summary>
    public string Path => _folder.Path;

    /// <summary>A path in it.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary>A project without syncs.</summary>
    /// <param name="fields">Fields that Pendo has beforehand, each as `visitor:plan:string`.</param>
    public static Task<ProjectFolder> CreateAsync(params string[] fields) => CreateAsync(new SimulatorOptions
    {
        Fields = [.. fields.Select(f => f.Split(':')).Select(p => new FieldDefinition(p[0], "custom", p[1], p[2]))],
    });

    /// <summary>The same, with a Pendo of its own kind.</summary>
    public static async Task<ProjectFolder> CreateAsync(SimulatorOptions? pendo) => new(await PendoSimulatorHost.StartAsync(pendo));

    /// <summary>Writes a file.</summary>
    public void Write(string name, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(File(name))!);
        System.IO.File.WriteAllText(File(name), text);
    }

    /// <summary>Writes pendosync.yaml.</summary>
    /// <param name="callsPerSecond">Bound of the connection.</param>
    /// <param name="name">Its name.</param>
    /// <param name="address">Its address; else the simulator's.</param>
    /// <param name="key">Its integration key, as it stands in YAML.</param>
    /// <param name="warehouses">Others than `local`.</param>
    /// <param name="more">Other keys of the file.</param>
    /// <param name="local">What `local` is in place of the SQLite file.</param>
    public void Connect(double callsPerSecond = 1000, string name = "test", Uri? address = null, string key = "${secret:pendo-key}",
        string warehouses = "", string more = "", string? local = null) => Write("pendosync.yaml", $$"""
        version: 1
        pendo:
          {{name}}:
            api_url: {{address ?? Pendo.BaseAddress}}
            data_url: {{address ?? Pendo.BaseAddress}}
            integration_key: {{key}}
            track_event_secrets: { web-app: "${secret:track-secret}" }
            max_calls_per_second: {{callsPerSecond}}
        warehouses:
          local: {{local ?? "{ type: sqlite, file: warehouse.db }"}}
        {{warehouses}}
        {{more}}
        """);

    /// <summary>Writes a sync from the warehouse `local`, by the rest of its definition.</summary>
    public void Sync(string name, string definition, string connection = "test") =>
        Write($"syncs/{name}.yaml", $"name: {name}\nwarehouse: local\npendo: {connection}\n{definition}\n");

    public async ValueTask DisposeAsync()
    {
        await Pendo.DisposeAsync();
        _folder.Dispose();
    }
}
