using System.Collections.Concurrent;
using System.Text.Json;
using Azure.Messaging.ServiceBus;

namespace PendoFunctions.Tests.Kills;

/// <summary>
/// Makes the in-process broker survive its process, as the real one does: a message is a file before it goes to the broker,
/// until it is no longer there because it was completed; what is left is sent again at the next start. The mark comes a
/// little late, so a message that was completed just before a kill comes again: more repeats than the real broker makes, never fewer messages.
/// </summary>
internal sealed class JournaledClient : ServiceBusClient
{
    private readonly string _folder;
    private readonly ServiceBusClient _broker;
    private readonly ConcurrentDictionary<string, bool> _sent = new(StringComparer.Ordinal);

    public JournaledClient(string connection, string folder)
        : base(connection)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _broker = new ServiceBusClient(connection);
    }

    public override ServiceBusSender CreateSender(string queueOrTopicName) => new JournaledSender(this, queueOrTopicName);

    /// <summary>Sends again what was not completed, in the order in which it was sent.</summary>
    public async Task RestoreAsync()
    {
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles("*.json").OrderBy(f => f.LastWriteTimeUtc))
        {
            var entry = JsonSerializer.Deserialize<Entry>(await File.ReadAllBytesAsync(file.FullName))!;
            await using var sender = _broker.CreateSender(entry.Queue);
            await sender.SendMessageAsync(entry.ToMessage());
            _sent[entry.Id] = true;
        }
    }

    /// <summary>Forgets messages that the broker no longer holds.</summary>
    public async Task MarkCompletedAsync(string[] queues, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            // First what was sent, then what is there: in the other order a message sent between the two would seem completed.
            var sent = _sent.Keys.ToList();
            var held = new HashSet<string>(StringComparer.Ordinal);
            foreach (var queue in queues)
            {
                foreach (var part in new[] { SubQueue.None, SubQueue.DeadLetter })
                {
                    await using var receiver = _broker.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = part });
                    held.UnionWith((await receiver.PeekMessagesAsync(10_000, 0, CancellationToken.None)).Select(m => m.MessageId));
                }
            }

            foreach (var id in sent.Where(id => !held.Contains(id)))
            {
                File.Delete(PathOf(id));
                _sent.TryRemove(id, out _);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None);
        }
    }

    private string PathOf(string id) => Path.Combine(_folder, Uri.EscapeDataString(id) + ".json");

    private async Task SendAsync(string queue, ServiceBusMessage message, ServiceBusSender sender, CancellationToken ct)
    {
        var unfinished = PathOf(message.MessageId) + "-";
        await File.WriteAllBytesAsync(unfinished, JsonSerializer.SerializeToUtf8Bytes(Entry.Of(queue, message)), ct);
        File.Move(unfinished, PathOf(message.MessageId), overwrite: true);
        await sender.SendMessageAsync(message, ct);
        _sent[message.MessageId] = true;
    }

    private sealed class JournaledSender(JournaledClient client, string queue) : ServiceBusSender
    {
        private readonly ServiceBusSender _sender = client._broker.CreateSender(queue);

        public override Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default) => client.SendAsync(queue, message, _sender, cancellationToken);
    }

    private sealed record Entry(string Queue, string Id, byte[] Body, string? CorrelationId, string? ContentType, DateTimeOffset Scheduled, TimeSpan TimeToLive, Dictionary<string, string> Properties)
    {
        public static Entry Of(string queue, ServiceBusMessage message) => new(queue, message.MessageId, message.Body.ToArray(), message.CorrelationId, message.ContentType,
            message.ScheduledEnqueueTime, message.TimeToLive, message.ApplicationProperties.ToDictionary(p => p.Key, p => $"{p.Value}", StringComparer.Ordinal));

        public ServiceBusMessage ToMessage()
        {
            var message = new ServiceBusMessage(Body) { MessageId = Id, CorrelationId = CorrelationId, ContentType = ContentType, ScheduledEnqueueTime = Scheduled, TimeToLive = TimeToLive };
            foreach (var (name, value) in Properties)
                message.ApplicationProperties[name] = value;
            return message;
        }
    }
}
