namespace PendoSync.Tests.Warehouses.PagingKit;

/// <summary>Suites that measure the memory of the whole process, or a browser's patience: nothing else may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneAtATime
{
    public const string Name = "one at a time";
}
