using System.Collections;
using Microsoft.Extensions.Logging;
using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Loading;
using PendoSync.Operations;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Warehouses;

namespace PendoSync.Cli;

/// <summary>A project on this machine with its engine: state in one SQLite file, batches in a queue of this process.</summary>
internal sealed class LocalProject : IAsyncDisposable
{
    private readonly SqliteTableStore _tables;
    private readonly HttpMessageInvoker _http = SyncEngine.NewHttp();

    private LocalProject(Project project, string stateFile, ILogger? log)
    {
        Outbound.KeepLoopbackDirect();
        _tables = new SqliteTableStore(stateFile, TimeProvider.System);
        var options = new EngineOptions
        {
            OnlyOwner = true,
            RetryDelay = TimeSpan.FromSeconds(1),
            LeaseRenewal = TimeSpan.FromSeconds(2),
            PollInterval = TimeSpan.FromMilliseconds(100),
        };
        Queue = new LocalQueue(options.Clock);
        Engine = new SyncEngine(project, WarehouseTypes.All, _tables, Queue, new EnvironmentSecrets(project.Directory), _http, options,
            log, FileMarks.OfUser());
        Runner = new LocalRunner(Engine, Queue, stateFile + ".locks");
        Service = new SyncService(Engine);
    }

    /// <summary>The engine.</summary>
    public SyncEngine Engine { get; }

    /// <summary>Its queue.</summary>
    public LocalQueue Queue { get; }

    /// <summary>Runs syncs to their end.</summary>
    public LocalRunner Runner { get; }

    /// <summary>Answers questions.</summary>
    public SyncService Service { get; }

    /// <summary>The definitions.</summary>
    public Project Definitions => Engine.Project;

    /// <summary>Loads the definitions of a folder, with the variables of this process.</summary>
    public static LoadResult Load(string folder)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            variables[(string)variable.Key] = (string?)variable.Value;
        return ProjectLoader.Load(Path.GetFullPath(folder), variables, WarehouseTypes.All);
    }

    /// <summary>Opens a project. The state file is made when something is written to it first.</summary>
    /// <param name="folder">The folder with pendosync.yaml.</param>
    /// <param name="stateFile">The state; null: <c>.pendosync/state.db</c> in the project.</param>
    /// <param name="log">Takes the engine's log; null: nobody does.</param>
    /// <exception cref="ProblemException">Configuration: the definitions are not valid.</exception>
    public static LocalProject Open(string folder, string? stateFile, ILogger? log = null) =>
        Of(Load(folder).Require(), stateFile, log);

    /// <summary>Opens definitions that are loaded already.</summary>
    public static LocalProject Of(Project project, string? stateFile, ILogger? log = null) =>
        new(project, StateOf(project, stateFile), log);

    /// <summary>The state file by its one true path: whoever reaches it by a link takes the same locks.</summary>
    public static string StateOf(Project project, string? stateFile) =>
        OwnFiles.Real(stateFile ?? Path.Combine(project.Directory, ".pendosync", "state.db"));

    /// <summary>Notices a state file that was taken away while it is open.</summary>
    /// <exception cref="ProblemException">State: it is gone.</exception>
    public void EnsureStateIsThere() => _tables.EnsureThere();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Runner.DisposeAsync();
        await Engine.DisposeAsync();
        await _tables.DisposeAsync();
        _http.Dispose();
    }
}
