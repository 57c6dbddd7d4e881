using Azure.Core.Amqp;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Core;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>The message that the host sent with a call: 16 bytes of lock token, then the AMQP message.</summary>
[SupportsDeferredBinding]
[SupportedTargetType(typeof(ServiceBusReceivedMessage))]
internal sealed class ReceivedMessageConverter : IInputConverter
{
    private const int LockTokenBytes = 16;

    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context)
    {
        if (context.Source is not ModelBindingData { Source: "AzureServiceBusReceivedMessage", Version: "1.0" } data)
            return new(ConversionResult.Unhandled());
        var bytes = data.Content.ToMemory();
        var message = AmqpAnnotatedMessage.FromBytes(BinaryData.FromBytes(bytes[LockTokenBytes..]));
        return new(ConversionResult.Success(ServiceBusReceivedMessage.FromAmqpMessage(message,
            BinaryData.FromBytes(bytes[..LockTokenBytes]))));
    }
}
