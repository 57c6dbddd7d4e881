using Azure.Messaging.ServiceBus;
using PendoFunctions.Azure;
using PendoFunctions.Tests.Worlds;
using PendoSync.Batches;
using PendoSync.Tests.Worlds;
using ServiceBusBroker;

namespace PendoFunctions.Tests.Azure;

public sealed class ServiceBusBatchQueueTests : IAsyncDisposable
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private readonly ManualClock _clock = new();
    private readonly DateTimeOffset _start = new ManualClock().Now;
    private readonly Broker _broker;
    private readonly ServiceBusClient _client;
    private readonly ServiceBusBatchQueue _queue;

    public ServiceBusBatchQueueTests()
    {
        _broker = new Broker(_clock);
        Batches.DuplicateDetectionWindow = Requests.DuplicateDetectionWindow = TimeSpan.FromHours(1);
        _client = new ServiceBusClient(_broker.ConnectionString,
            new ServiceBusClientOptions { RetryOptions = new ServiceBusRetryOptions { MaxRetries = 0 } });
        _queue = new ServiceBusBatchQueue(_client, "record-batches", "sync-requests", _clock);
    }

    private BrokerQueue Batches => _broker.Queue("record-batches");

    private BrokerQueue Requests => _broker.Queue("sync-requests");

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_batch_arrives_whole_with_its_properties_beside_the_body()
    {
        var batch = Batch(records: 3);

        await _queue.SendAsync(batch, TimeSpan.Zero, Ct);

        var message = await Receive("record-batches");
        Assert.Equal("visitors-run1-2-7-0", message.MessageId);
        Assert.Equal("visitors-run1", message.CorrelationId);
        var read = RecordBatchFormat.Read(message.Body.ToMemory());
        Assert.Equal(batch.Id, read.Id);
        Assert.Equal(batch.Records.Bytes, read.Records.Bytes);
        Assert.Equal(new BatchHeader(batch.Id, 3, "2026-03-01", IsEvents: false), BatchProperties.Read(message.ApplicationProperties));
        Assert.Equal((RecordBatch.CurrentFormat, 0), (message.ApplicationProperties["format"], message.ApplicationProperties["copy"]));
    }

    [Fact]
    public async Task A_delayed_copy_comes_when_its_time_has_come()
    {
        await _queue.SendAsync(Batch(records: 1), TimeSpan.FromMinutes(5), Ct);

        Assert.Equal((0, 1), (Batches.ActiveMessageCount, Batches.ScheduledMessageCount));
        _clock.Now += TimeSpan.FromMinutes(6);
        Assert.Equal("visitors-run1-2-7-0", (await Receive("record-batches")).MessageId);
    }

    [Fact]
    public async Task Sending_a_copy_twice_leaves_one_and_the_next_copy_is_another()
    {
        var batch = Batch(records: 1);

        await _queue.SendAsync(batch, TimeSpan.Zero, Ct);
        await _queue.SendAsync(batch, TimeSpan.Zero, Ct);
        await _queue.SendAsync(batch.Again(countTry: true), TimeSpan.FromSeconds(30), Ct);

        Assert.Equal((1, 1), (Batches.ActiveMessageCount, Batches.ScheduledMessageCount));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_send_that_fails_is_transient_and_resending_leaves_exactly_one(bool afterStoring)
    {
        Batches.Fail(new Fault(Operation.Send, Conditions.Timeout, Done: afterStoring));

        var refusal = await Assert.ThrowsAsync<ProblemException>(() => _queue.SendAsync(Batch(records: 1), TimeSpan.Zero, Ct));
        await _queue.SendAsync(Batch(records: 1), TimeSpan.Zero, Ct);

        Assert.Equal(ProblemKind.Transient, refusal.Problem.Kind);
        Assert.Equal("record-batches", refusal.Problem.Place);
        Assert.Equal(1, Batches.ActiveMessageCount);
    }

    [Fact]
    public async Task A_batch_at_the_limit_of_the_planner_fits_and_a_larger_one_says_what_to_change()
    {
        Assert.True(_queue.Fits(Batch(records: 1, bytesEach: 190_000)));
        Assert.False(_queue.Fits(Batch(records: 2, bytesEach: 190_000)));
        await _queue.SendAsync(Batch(records: 1, bytesEach: 190_000), TimeSpan.Zero, Ct);
        Assert.Equal(1, Batches.ActiveMessageCount);

        var refusal = await Assert.ThrowsAsync<ProblemException>(() =>
            _queue.SendAsync(Batch(records: 2, bytesEach: 190_000), TimeSpan.Zero, Ct));
        Assert.Equal(ProblemKind.Configuration, refusal.Problem.Kind);
        Assert.Contains("batch_size", refusal.Problem.Fix);
    }

    [Fact]
    public async Task A_request_may_be_asked_again_while_the_first_is_remembered()
    {
        var request = new SyncRequest("visitors", "visitors-run1", RunMode.Full, "http", _clock.Now);

        await _queue.RequestAsync(request, Ct);
        Assert.Equal(request, SyncRequestFormat.Read((await Receive("sync-requests")).Body.ToMemory()));
        await _queue.RequestAsync(request, Ct);

        Assert.Equal(request, SyncRequestFormat.Read((await Receive("sync-requests")).Body.ToMemory()));
    }

    [Fact]
    public async Task A_batch_that_is_put_back_comes_later_as_it_was_and_lives_no_longer()
    {
        await _queue.SendAsync(Batch(records: 2), TimeSpan.Zero, Ct);
        _clock.Now += TimeSpan.FromHours(23);
        var first = await Receive("record-batches");

        await _queue.PutBackAsync(first, TimeSpan.FromMinutes(1), Ct);
        Assert.Equal((0, 1), (Batches.ActiveMessageCount, Batches.ScheduledMessageCount));
        _clock.Now += TimeSpan.FromMinutes(2);
        var second = await Receive("record-batches");

        Assert.NotEqual(first.MessageId, second.MessageId);
        Assert.Equal(first.Body.ToArray(), second.Body.ToArray());
        Assert.Equal(first.ApplicationProperties, second.ApplicationProperties);
        Assert.Equal(1, second.DeliveryCount);
        Assert.Equal(_start + TimeSpan.FromHours(24), first.ExpiresAt);
        Assert.InRange(second.ExpiresAt, first.ExpiresAt, first.ExpiresAt + TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_missing_queue_is_a_matter_of_the_installation()
    {
        var refusal = await Assert.ThrowsAsync<ProblemException>(() =>
            new ServiceBusBatchQueue(_client, "other", "sync-requests", _clock).SendAsync(Batch(records: 1), TimeSpan.Zero, Ct));

        Assert.Equal((ProblemKind.State, "other"), (refusal.Problem.Kind, refusal.Problem.Place));
        Assert.Contains("RecordBatchesQueue", refusal.Problem.Fix);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("sync")]
    [InlineData("attempt")]
    [InlineData("batch")]
    [InlineData("records")]
    public void Properties_that_lack_a_part_name_no_batch(string missing)
    {
        var properties = new Dictionary<string, object>(StringComparer.Ordinal);
        BatchProperties.Write(properties, Batch(records: 4).Header, copy: 0);
        Assert.NotNull(BatchProperties.Read(properties));
        properties.Remove(missing);

        Assert.Null(BatchProperties.Read(properties));
    }

    private static RecordBatch Batch(int records, int bytesEach = 20) => SampleBatches.Visitors(records, bytesEach);

    private async Task<ServiceBusReceivedMessage> Receive(string queue)
    {
        await using var receiver = _client.CreateReceiver(queue);
        var message = await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(5), Ct);
        Assert.NotNull(message);
        await receiver.CompleteMessageAsync(message, Ct);
        return message;
    }
}
