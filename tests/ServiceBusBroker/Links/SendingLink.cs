using Amqp;
using Amqp.Framing;
using Amqp.Listener;

namespace ServiceBusBroker.Links;

/// <summary>A link by which a client sends.</summary>
internal sealed class SendingLink(BrokerQueue queue, ListenerLink link) : QueueLink(queue, link)
{
    // Of Service Bus: each data section is a message of its own.
    private const uint Batch = 0x80013700;

    public static Message Decode(byte[] bytes) => Message.Decode(new ByteBuffer(bytes, 0, bytes.Length, bytes.Length));

    public override void OnMessage(MessageContext messageContext)
    {
        var fault = Queue.TakeFault(Operation.Send);
        if (fault is not { Done: false })
        {
            // The library uses the memory of what it received again.
            var bytes = messageContext.Message.Encode();
            if (bytes.Length > Queue.MaxMessageSize)
            {
                var description = $"The message has {bytes.Length} bytes; {Queue.Name} takes {Queue.MaxMessageSize}.";
                messageContext.Complete(new Error(Conditions.TooLarge) { Description = description });
                return;
            }

            foreach (var message in Parts(Message.Decode(bytes), messageContext.Message.Format))
                Queue.Enqueue(message);
        }

        if (fault is null)
            messageContext.Complete();
        else
            Answer(messageContext, fault);
    }

    public override void OnFlow(FlowContext flowContext)
    {
        // Credit is given, not taken, on this link.
    }

    public override void OnDisposition(DispositionContext dispositionContext)
    {
        // The client settles nothing on this link.
    }

    private static IEnumerable<Message> Parts(Message message, uint format) => format != Batch ? [message]
        : (message.Body is byte[] one ? [one] : (object[])message.Body).Cast<object>()
            .Select(part => part is Data data ? data.Binary : (byte[])part)
            .Select(Decode);
}
