using Amqp;
using Amqp.Framing;
using Amqp.Listener;

namespace ServiceBusBroker.Links;

/// <summary>Opens the links by which clients send to queues and receive from them.</summary>
internal sealed class Attaching(Broker broker) : ILinkProcessor
{
    /// <summary>What a link is to, without the slash that clients may put before it.</summary>
    public static string? AddressOf(Attach attach) =>
        (attach.Role ? (attach.Source as Source)?.Address : (attach.Target as Target)?.Address)?.TrimStart('/');

    public void Process(AttachContext attachContext)
    {
        var attach = attachContext.Attach;
        var address = AddressOf(attach);
        if (address is null || broker.Find(address) is not { } queue)
        {
            attachContext.Complete(Refusal(Conditions.NotFound, $"The messaging entity '{address}' could not be found."));
            return;
        }

        var fault = queue.TakeFault(Operation.Attach);
        if (fault is { Cut: true })
            broker.Network.Sever(attachContext.Link.Session.Connection);
        else if (fault is { Condition: { } condition })
            attachContext.Complete(Refusal(condition, "A test wants it so."));
        else if (queue.Disabled)
            attachContext.Complete(Refusal(Conditions.Disabled, $"Messaging entity '{address}' is currently disabled."));
        else if (!attach.Role && queue.DeadLetters is null)
            attachContext.Complete(Refusal(Conditions.NotAllowed, $"Nothing can be sent to '{address}'."));
        else if (fault is null)
            Open(attachContext, queue);
    }

    private static void Open(AttachContext context, BrokerQueue queue)
    {
        context.Attach.MaxMessageSize = (ulong)queue.MaxMessageSize;
        QueueLink endpoint = context.Attach.Role ? new ReceivingLink(queue, context.Link) : new SendingLink(queue, context.Link);
        queue.Add(endpoint);
        context.Complete(endpoint, initialCredit: context.Attach.Role ? 0 : 1000);
    }

    private static Error Refusal(string condition, string description) => new(condition) { Description = description };
}

/// <summary>The broker's end of a link to a queue.</summary>
internal abstract class QueueLink(BrokerQueue queue, ListenerLink link) : LinkEndpoint
{
    protected BrokerQueue Queue { get; } = queue;

    protected ListenerLink Link { get; } = link;

    public void Close(Error error)
    {
        try
        {
            Link.Close(TimeSpan.Zero, error);
        }
        catch (Exception e) when (e is AmqpException or ObjectDisposedException)
        {
            // The client was faster.
        }
    }

    public override void OnLinkClosed(ListenerLink link, Error error) => Queue.Remove(this);

    /// <summary>Answers a message, or not, as a fault wants it.</summary>
    protected void Answer(MessageContext context, Fault fault)
    {
        if (fault.Cut)
            Queue.Broker.Network.Sever(Link.Session.Connection);
        else if (fault.Condition is { } condition)
            context.Complete(new Error(condition) { Description = "A test wants it so." });
    }
}
