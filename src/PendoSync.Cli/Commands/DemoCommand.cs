using System.CommandLine;
using System.Net.Http.Json;
using PendoSimulator;
using PendoSimulator.Faults;
using PendoSync.Batches;
using PendoSync.Cli.Demo;
using PendoSync.Cli.Output;
using PendoSync.Reports;

namespace PendoSync.Cli.Commands;

/// <summary><c>demo</c>: the whole job for real, on made-up data and a local Pendo; leaves nothing behind unless told to.</summary>
internal static class DemoCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var keep = new Option<string?>("--keep") { Description = "Leave the demo's project in this folder", HelpName = "DIR" }.NotEmpty();
        return common.Verb(new Command("demo", "Run the whole job on made-up data against a local Pendo") { keep },
            call => RunAsync(call, call.Parsed.GetValue(keep)));
    }

    private static async Task<int> RunAsync(Invocation call, string? keep)
    {
        var folder = FolderOf(keep);
        try
        {
            var code = await RunBothAsync(call, folder);
            SayNext(call.Terminal, keep);
            return code;
        }
        finally
        {
            if (keep is null)
                Directory.Delete(folder, recursive: true);
            else
                HandOver(folder);
        }
    }

    private static async Task<int> RunBothAsync(Invocation call, string folder)
    {
        var warehouse = new DemoWarehouse(Path.Combine(folder, "warehouse.db"), TimeProvider.System.GetUtcNow());
        warehouse.Create();
        await using var pendo = await StartPendoAsync();
        DemoProject.Write(folder, pendo.BaseAddress);
        call.Terminal.Say(
            $"A warehouse with {DemoWarehouse.Accounts:N0} accounts, {DemoWarehouse.Visitors:N0} visitors, {DemoWarehouse.Scores:N0} "
            + $"scores, {DemoWarehouse.Events:N0} events and a few bad rows; a local Pendo "
            + $"on {pendo.BaseAddress.GetLeftPart(UriPartial.Authority)}.");
        call.Terminal.Say();
        await using var project = LocalProject.Open(folder, null);
        var reports = new List<RunReport>();
        call.Terminal.Say("First run: everything is new to Pendo.");
        await RunAllAsync(call, project, reports);
        warehouse.ChangeOneInHundred();
        call.Terminal.Say("One row in a hundred was changed. Second run: only those are sent.");
        await RunAllAsync(call, project, reports);
        call.Terminal.Answer(new RunReports(reports));
        await RepairAsync(call, project, pendo);
        return ExitCodes.Worst(reports.Select(r => ExitCodes.Of(r, strict: false)));
    }

    // Others write to Pendo too, and nothing in the warehouse tells: only reading Pendo back does.
    private static async Task RepairAsync(Invocation call, LocalProject project, PendoSimulatorHost pendo)
    {
        var ids = Enumerable.Range(201, DemoWarehouse.Visitors).Select(i => $"user-{i:D5}")
            .Except(DemoWarehouse.RejectedVisitors, StringComparer.Ordinal).Take(5);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = pendo.BaseAddress };
        http.DefaultRequestHeaders.Add("x-pendo-integration-key", DemoProject.Key);
        using var written = await http.PostAsJsonAsync("/api/v1/metadata/visitor/custom/value",
            ids.Select(id => new { visitorId = id, values = new { role = "changed by somebody else" } }), call.Interrupted);
        written.EnsureSuccessStatusCode();
        call.Terminal.Say("Somebody else changed five values in Pendo, of which the warehouse knows nothing. Compared with Pendo:");
        const string sync = "visitor-profile";
        ComparisonText.Say(call.Terminal, await project.Service.CompareAsync(sync, null, call.Interrupted));
        call.Terminal.Say("Repaired: what Pendo really holds is taken over, and the next run sends what differs. "
            + "With `verify_every: 7d` and `on_drift: repair` the clock does both.");
        ComparisonText.Say(call.Terminal, await project.Service.AdoptAsync(sync, null, call.Interrupted));
        await RunTable.SayAsync(call.Terminal, project, await new SyncRunner(project, call.Terminal, call.Interrupted).RunAsync(sync,
            RunMode.Incremental, null), CancellationToken.None);
    }

    private static async Task RunAllAsync(Invocation call, LocalProject project, List<RunReport> reports)
    {
        var runner = new SyncRunner(project, call.Terminal, call.Interrupted);
        foreach (var sync in DemoProject.Syncs)
        {
            reports.Add(await runner.RunAsync(sync, RunMode.Incremental, null));
            await RunTable.SayAsync(call.Terminal, project, reports[^1], CancellationToken.None);
        }
    }

    private static async Task<PendoSimulatorHost> StartPendoAsync()
    {
        var pendo = await PendoSimulatorHost.StartAsync(new SimulatorOptions
        {
            IntegrationKeys = new Dictionary<string, bool>(StringComparer.Ordinal) { [DemoProject.Key] = true },
            TrackSecrets = new Dictionary<string, string>(StringComparer.Ordinal) { ["web-app"] = DemoProject.TrackSecret },
        }, ct: CancellationToken.None);
        await pendo.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Action = FaultAction.RecordError,
            RecordIds = DemoWarehouse.RejectedVisitors,
            Error = "field \"role\" is managed by another integration",
        });
        return pendo;
    }

    private static string FolderOf(string? keep)
    {
        if (keep is null)
            return Directory.CreateTempSubdirectory("pendosync-demo-").FullName;
        var folder = Path.GetFullPath(keep);
        try
        {
            if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
                throw new ProblemException(ProblemKind.Configuration, "the folder of --keep is not empty", folder, "Name a new folder.");
            Directory.CreateDirectory(folder);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException(ProblemKind.Configuration, "the folder of --keep cannot be written", folder,
                "Name a folder that you may write.", e);
        }
    }

    // What the state knows was accepted by a Pendo that ends with this process: the project starts afresh with the next one.
    private static void HandOver(string folder)
    {
        // A demo that was interrupted before its first run has no state.
        var state = Path.Combine(folder, ".pendosync");
        if (Directory.Exists(state))
            Directory.Delete(state, recursive: true);
        DemoProject.WriteConnections(folder, new Uri($"http://127.0.0.1:{SimulateCommand.DefaultPort}"));
    }

    private static void SayNext(Terminal terminal, string? keep)
    {
        terminal.Say("What to type next:");
        var command = "  " + OwnCommand.Line;
        if (keep is null)
        {
            terminal.Say($"{command} demo --keep ./demo      # the same, and leaves the project to look at");
            terminal.Say($"{command} init ./mine             # a commented project for your own warehouse and Pendo");
            return;
        }

        var project = "--project " + OwnCommand.Quoted(keep);
        terminal.Say($"{command} simulate   # a fresh local Pendo; leave it running in another window: plan and run need it");
        terminal.Say($"{command} plan {project}");
        terminal.Say($"{command} run {project}");
        terminal.Say($"{command} explain visitor-profile user-00042 {project}");
        terminal.Say($"{command} problems visitor-profile {project}");
        terminal.Say();
        terminal.Say(
            "The project begins anew, as that Pendo does. But that Pendo keeps nothing: once you have run and start it again, it has "
            + "forgotten every record, while the project remembers what was sent.");
        terminal.Say("Then these let the project forget, and the next run sends everything again:");
        foreach (var sync in DemoProject.Syncs)
            terminal.Say($"{command} reset {sync}{(sync == DemoProject.EventSync ? " --forget-events" : "")} {project}");
    }
}
