using PendoSync.Tests.Cli;
using PendoSync.Tests.Faults;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("PendoSync.Tests.Worlds.LongestFirst", "PendoSync.Tests")]

namespace PendoSync.Tests.Worlds;

/// <summary>Classes that take longest begin first, so that none of them runs alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] _longest = [typeof(ProcessKillTests), typeof(RestWarehouseTests), typeof(HttpFuzzTests),
        typeof(RunTests), typeof(BodyFuzzTests), typeof(DamagedStateTests), typeof(PendoFaultTests), typeof(VerbTests),
        typeof(Loading.FuzzTests)];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(c => !_longest.Any(t => c.DisplayName.EndsWith(t.FullName!, StringComparison.Ordinal)));
}
