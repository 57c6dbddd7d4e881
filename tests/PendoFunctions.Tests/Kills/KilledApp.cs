using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PendoFunctions.Tests.Worlds;
using PendoSync.State;
using StandIn.ServiceBus;

namespace PendoFunctions.Tests.Kills;

/// <summary>
/// The app as Program composes it, in a process of its own that is killed: its own timer, triggers and functions, tables in
/// Azurite. Different are the time, which is ahead by what the test skipped, and the broker, which has a journal.
/// </summary>
internal static class KilledApp
{
    public const string Namespace = "killed";

    public static async Task RunAsync(string journal, TimeSpan ahead, string[] settings)
    {
        var clock = new ShiftedClock();
        clock.Skip(ahead);
        var broker = ServiceBusBroker.Get(Namespace);
        broker.Time = clock.Waking;
        foreach (var name in new[] { "record-batches", "sync-requests" })
        {
            var queue = broker.Queue(name);
            queue.DuplicateDetectionWindow = TimeSpan.FromHours(1);
            queue.DeadLetteringOnMessageExpiration = true;
            queue.DefaultMessageTimeToLive = TimeSpan.FromDays(1);
        }

        await using var client = new JournaledClient($"Endpoint=sb://{Namespace}/;SharedAccessKeyName=k;SharedAccessKey=a", journal);
        await client.RestoreAsync();
        using var host = App.Build(settings, services =>
        {
            services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));
            services.Replace(ServiceDescriptor.Singleton<ServiceBusClient>(client));
            var tables = services.Single(s => s.ServiceType == typeof(ITableStore));
            services.Replace(ServiceDescriptor.Singleton<ITableStore>(provider => new AheadStore((ITableStore)tables.ImplementationFactory!(provider), clock)));
        });
        using var stop = new CancellationTokenSource();
        var marking = client.MarkCompletedAsync(["record-batches", "sync-requests"], stop.Token);
        await host.RunAsync();
        await stop.CancelAsync();
        await marking;
    }
}
