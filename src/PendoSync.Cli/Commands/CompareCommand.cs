using System.CommandLine;
using PendoSync.Cli.Output;
using PendoSync.Reports;

namespace PendoSync.Cli.Commands;

/// <summary><c>compare SYNC…</c>: whether Pendo holds what the warehouse says; writes nothing.</summary>
internal static class CompareCommand
{
    private static readonly ReadBack<SyncComparison> _comparison = new(
        (service, sync, progress, ct) => service.CompareAsync(sync, progress, ct),
        (sync, error) => new SyncComparison { Sync = sync, Error = error }, ComparisonText.Say,
        (syncs, error) => new ComparisonReport(syncs, error),
        found => found.Error is { } error ? ExitCodes.Of(error.Kind) : found.Different > 0 ? ExitCodes.Failed : ExitCodes.Done);

    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common) =>
        _comparison.Verb(common, "compare", "Compare all rows with what Pendo holds, field by field; writes nothing anywhere");
}
