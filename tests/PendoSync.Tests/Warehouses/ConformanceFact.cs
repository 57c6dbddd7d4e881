using PendoSync.Tests.Warehouses.Postgres;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace PendoSync.Tests.Warehouses;

/// <summary>
/// A fact of an inherited suite: skipped in a class marked <see cref="NeedsPostgresAttribute"/> or <see
/// cref="NeedsMariaDbAttribute"/> where that is not installed.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("PendoSync.Tests.Warehouses.ConformanceFactDiscoverer", "PendoSync.Tests")]
public sealed class ConformanceFactAttribute : FactAttribute;

/// <summary>The whole class needs an installed PostgreSQL.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgresAttribute : Attribute;

/// <summary>The whole class needs an installed MariaDB.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsMariaDbAttribute : Attribute;

/// <summary>Decides at discovery, since xunit 2 cannot skip a running test.</summary>
public sealed class ConformanceFactDiscoverer(IMessageSink sink) : FactDiscoverer(sink)
{
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo fact) =>
        (Missing(method, typeof(NeedsPostgresAttribute), Requirement.Missing)
            ?? Missing(method, typeof(NeedsMariaDbAttribute), MySql.MariaDbServer.Missing)) is { } reason
            ? new SkippedTestCase(reason, DiagnosticMessageSink, options.MethodDisplayOrDefault(),
                options.MethodDisplayOptionsOrDefault(), method)
            : base.CreateTestCase(options, method, fact);

    private static string? Missing(ITestMethod method, Type need, string? reason) =>
        reason is not null && method.TestClass.Class.GetCustomAttributes(need).Any() ? reason : null;
}

internal sealed class SkippedTestCase : XunitTestCase
{
    [Obsolete("Called by the de-serializer", error: true)]
    public SkippedTestCase()
    {
    }

    public SkippedTestCase(string reason, IMessageSink sink, TestMethodDisplay display, TestMethodDisplayOptions displayOptions,
        ITestMethod method)
        : base(sink, display, displayOptions, method) => SkipReason = reason;

    public override void Deserialize(IXunitSerializationInfo data)
    {
        base.Deserialize(data);
        SkipReason = data.GetValue<string>(nameof(SkipReason));
    }

    public override void Serialize(IXunitSerializationInfo data)
    {
        base.Serialize(data);
        data.AddValue(nameof(SkipReason), SkipReason);
    }

    protected override string? GetSkipReason(IAttributeInfo factAttribute) => SkipReason;
}
