using Azure.Messaging.ServiceBus;
using PendoFunctions.Azure;
using PendoSync.Batches;
using PendoSync.Tests.Conformance;
using PendoSync.Tests.Worlds;
using ServiceBusBroker;

namespace PendoFunctions.Tests.Azure;

/// <summary>Service Bus: the real client, and a broker that speaks AMQP to it.</summary>
public sealed class ServiceBusQueueConformanceTests : BatchQueueConformance
{
    private readonly ManualClock _clock = new();
    private readonly Broker _broker;
    private readonly ServiceBusClient _client;

    public ServiceBusQueueConformanceTests()
    {
        _broker = new Broker(_clock);
        foreach (var name in new[] { "record-batches", "sync-requests" })
            _broker.Queue(name).DuplicateDetectionWindow = TimeSpan.FromHours(1);
        _client = new ServiceBusClient(_broker.ConnectionString);
        Queue = new ServiceBusBatchQueue(_client, "record-batches", "sync-requests", _clock);
    }

    protected override IBatchQueue Queue { get; }

    protected override DateTimeOffset Now => _clock.Now;

    public override Task InitializeAsync() => Task.CompletedTask;

    public override async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _broker.DisposeAsync();
    }

    protected override async Task<RecordBatch?> ReceiveAsync(TimeSpan patience) => await NextAsync("record-batches", patience) is { } body
        ? RecordBatchFormat.Read(body) : null;

    protected override async Task<SyncRequest?> ReceiveRequestAsync(TimeSpan patience) =>
        await NextAsync("sync-requests", patience) is { } body ? SyncRequestFormat.Read(body) : null;

    protected override void Pass(TimeSpan time) => _clock.Now += time;

    private async Task<ReadOnlyMemory<byte>?> NextAsync(string queue, TimeSpan patience)
    {
        await using var receiver = _client.CreateReceiver(queue);
        if (await receiver.ReceiveMessageAsync(patience) is not { } message)
            return null;
        await receiver.CompleteMessageAsync(message);
        return message.Body.ToMemory();
    }
}
