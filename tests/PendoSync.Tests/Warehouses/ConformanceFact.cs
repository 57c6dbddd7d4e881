using PendoSync.Tests.Warehouses.Postgres;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace PendoSync.Tests.Warehouses;

/// <summary>
/// A fact of an inherited suite: skipped in a class marked <see cref="NeedsPostgresAttribute"/> where PostgreSQL is not installed.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("PendoSync.Tests.Warehouses.ConformanceFactDiscoverer", "PendoSync.Tests")]
public sealed class ConformanceFactAttribute : FactAttribute;

/// <summary>The whole class needs an installed PostgreSQL.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgresAttribute : Attribute;

/// <summary>Decides at discovery, since xunit 2 cannot skip a running test.</summary>
public sealed class ConformanceFactDiscoverer(IMessageSink sink) : FactDiscoverer(sink)
{
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo fact) =>
        Requirement.Missing is { } reason && method.TestClass.Class.GetCustomAttributes(typeof(NeedsPostgresAttribute)).Any()
            ? new SkippedTestCase(reason, DiagnosticMessageSink, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(),
                method)
            : base.CreateTestCase(options, method, fact);
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
