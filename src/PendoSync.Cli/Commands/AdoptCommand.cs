using System.CommandLine;
using PendoSync.Cli.Output;
using PendoSync.Reports;

namespace PendoSync.Cli.Commands;

/// <summary><c>adopt SYNC…</c>: takes what Pendo holds already into the snapshot, so that only true differences are sent.</summary>
internal static class AdoptCommand
{
    private static readonly ReadBack<SyncAdoption> _adoption = new(
        (service, sync, progress, ct) => service.AdoptAsync(sync, progress, ct),
        (sync, error) => new SyncAdoption { Sync = sync, Error = error }, ComparisonText.Say,
        (syncs, error) => new AdoptionReport(syncs, error),
        adopted => adopted.Error is { } error ? ExitCodes.Of(error.Kind) : ExitCodes.Done);

    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common) =>
        _adoption.Verb(common, "adopt", "Take over what Pendo holds already as the warehouse has it, so that it is not sent");
}
