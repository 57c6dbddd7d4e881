namespace PendoSync.Tests.Warehouses.PagingKit;

/// <summary>Suites that change what the whole process sees: nothing else may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneAtATime
{
    public const string Name = "one at a time";
}
