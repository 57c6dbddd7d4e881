using Azure.Messaging.ServiceBus;
using FunctionsHost.Protocol;
using Google.Protobuf;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace FunctionsHost;

/// <summary>Calls a function for each message of a queue, with the processor that the host's extension uses, set up as that does.</summary>
/// <remarks>https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus#hostjson-settings</remarks>
internal sealed class ServiceBusListener : IListener
{
    private const int DefaultConcurrentCalls = 16;
    private static readonly TimeSpan DefaultRenewal = TimeSpan.FromMinutes(5);

    private readonly AppHost _host;
    private readonly TriggeredFunction _function;
    private readonly ServiceBusClient _client;
    private readonly ServiceBusProcessor _processor;
    private readonly bool _completes;

    public ServiceBusListener(AppHost host, TriggeredFunction function, HostSettings settings)
    {
        (_host, _function) = (host, function);
        var options = settings.HostJson.GetSection("extensions:serviceBus");
        _completes = function.Binding.TryGetProperty("autoCompleteMessages", out var completes) ? completes.GetBoolean()
            : options.GetValue("autoCompleteMessages", true);
        _client = new ServiceBusClient(settings.Setting(function.Text("connection")));
        _processor = _client.CreateProcessor(settings.Resolve(function.Text("queueName")), new ServiceBusProcessorOptions
        {
            AutoCompleteMessages = false,
            MaxConcurrentCalls = options.GetValue("maxConcurrentCalls", DefaultConcurrentCalls),
            PrefetchCount = options.GetValue("prefetchCount", 0),
            MaxAutoLockRenewalDuration = options.GetValue("maxAutoLockRenewalDuration", DefaultRenewal),
        });
        _processor.ProcessMessageAsync += TakeAsync;
        _processor.ProcessErrorAsync += error =>
        {
            host.Log(new LogLine(LogLevel.Warning, "Host", $"{error.EntityPath}: {error.ErrorSource}", error.Exception.ToString()));
            return Task.CompletedTask;
        };
    }

    public Task StartAsync() => _processor.StartProcessingAsync();

    public async Task StopAsync()
    {
        await _processor.StopProcessingAsync();
        await _client.DisposeAsync();
    }

    public async Task LoseAsync() => await _client.DisposeAsync();

    // What is thrown here abandons the message, unless the function has settled it.
    private async Task TakeAsync(ProcessMessageEventArgs args)
    {
        var message = args.Message;
        var data = new ModelBindingData
        {
            Version = "1.0",
            Source = "AzureServiceBusReceivedMessage",
            ContentType = "application/octet-stream",
            Content = ByteString.CopyFrom([.. Guid.Parse(message.LockToken).ToByteArray(), .. message.GetRawAmqpMessage()
                .ToBytes().ToArray()]),
        };
        using var settling = _host.Settlements.Offer(args);
        await _host.InvokeAsync(_function, new TypedData { ModelBindingData = data }, args.CancellationToken);
        if (_completes && !settling.IsSettled)
            await args.CompleteMessageAsync(message);
    }
}
