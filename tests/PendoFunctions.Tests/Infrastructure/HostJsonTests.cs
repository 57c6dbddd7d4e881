using System.Text.Json;
using PendoFunctions.Tests.Worlds;
using PendoSync.Runs;

namespace PendoFunctions.Tests.Infrastructure;

/// <summary>
/// host.json speaks to the Functions host and to the listener of its Service Bus extension; the worker never reads it
/// (https://learn.microsoft.com/azure/azure-functions/functions-host-json). What they do not read, or what repeats a default, is not in it.
/// </summary>
public sealed class HostJsonTests
{
    // Key, and who reads it why. The extension's: ServiceBusOptions of Microsoft.Azure.WebJobs.Extensions.ServiceBus.
    private static readonly Dictionary<string, string> Keys = new(StringComparer.Ordinal)
    {
        ["version"] = "the host: required, 2.0 for all versions since",
        ["telemetryMode"] = "the host: sends its own telemetry as OpenTelemetry too, and leaves the worker's to the worker",
        ["functionTimeout"] = "the host: ends an invocation and its process; longer than the longest planning",
        ["extensions.serviceBus.autoCompleteMessages"] = "the listener: for a trigger that forgets to say so, functions settle themselves",
        ["extensions.serviceBus.maxConcurrentCalls"] =
            "the listener: messages in work on an instance, for each function; the scaler: messages an instance is started for",
        ["extensions.serviceBus.maxAutoLockRenewalDuration"] =
            "the listener: its default of 5 minutes is shorter than a delivery that waits for its rate",
    };

    // Left out on purpose. logging: with OpenTelemetry in the worker the host drops Function, Host.Results, Azure and
    // Microsoft.Azure.WebJobs whatever their level, and a default level would only let the rest of the host through. prefetchCount and
    // clientRetryOptions: ours were the defaults; the latter are for the listener's own calls, never for a function or for the app's own
    // client.

    private static readonly JsonElement Host = JsonDocument.Parse(File.ReadAllText(Repository.File("host.json"))).RootElement;

    [Fact]
    public void Every_key_has_a_reader_and_a_reason() => Assert.Equal(Keys.Keys.Order(StringComparer.Ordinal), Paths(Host, "")
        .Order(StringComparer.Ordinal));

    [Fact]
    public void Every_key_is_explained_in_the_README_of_infra()
    {
        var readme = File.ReadAllText(Repository.File("infra/README.md"));

        Assert.All(Keys.Keys.Where(k => k != "version"), key =>
            Assert.Contains($"`{key.Split('.')[^1]}`", readme, StringComparison.Ordinal));
    }

    [Fact]
    public void The_costs_in_the_README_are_for_as_many_batches_at_a_time_as_the_host_takes()
    {
        var batches = Host.GetProperty("extensions").GetProperty("serviceBus").GetProperty("maxConcurrentCalls").GetInt32();

        Assert.Contains($"{batches} batches at a time on an instance", File.ReadAllText(Repository.File("infra/README.md")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_may_run_longer_than_a_plan_and_a_lock_lives_longer_than_a_delivery()
    {
        var serviceBus = Host.GetProperty("extensions").GetProperty("serviceBus");

        Assert.True(TimeSpan.Parse(Host.GetProperty("functionTimeout").GetString()!) > new EngineOptions().LongestPlanning);
        Assert.False(serviceBus.GetProperty("autoCompleteMessages").GetBoolean());
        Assert.True(TimeSpan.Parse(serviceBus.GetProperty("maxAutoLockRenewalDuration").GetString()!) > TimeSpan.FromMinutes(8));
    }

    private static IEnumerable<string> Paths(JsonElement element, string path) => element.ValueKind == JsonValueKind.Object
        ? element.EnumerateObject().SelectMany(p => Paths(p.Value, path.Length == 0 ? p.Name : $"{path}.{p.Name}"))
        : [path];
}
