using PendoSync.Tests.Cli;
using PendoSync.Tests.Faults;
using PendoSync.Tests.Warehouses.MySql;
using PendoSync.Tests.Warehouses.Postgres;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("PendoSync.Tests.Worlds.LongestFirst", "PendoSync.Tests")]

namespace PendoSync.Tests.Worlds;

/// <summary>Classes that take longest begin first, so that none of them runs alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] _longest =
    [
        MariaDbCollection.Name, PostgresCollection.Name, .. new[]
        {
            typeof(ProcessKillTests), typeof(ReadmeLinesTests), typeof(Loading.FuzzTests), typeof(BodyFuzzTests), typeof(SecretTests),
            typeof(Loading.SchemaTests), typeof(HttpFuzzTests), typeof(DemoTests), typeof(EveryVerbTests), typeof(PendoFaultTests),
        }.Select(t => t.FullName!),
    ];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(c => !_longest.Any(t => c.DisplayName.EndsWith(t, StringComparison.Ordinal)));
}
