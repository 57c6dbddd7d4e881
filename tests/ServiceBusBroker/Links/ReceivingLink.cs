using Amqp;
using Amqp.Framing;
using Amqp.Listener;

namespace ServiceBusBroker.Links;

/// <summary>A link by which a client receives, and settles what it received.</summary>
internal sealed class ReceivingLink(BrokerQueue queue, ListenerLink link) : QueueLink(queue, link)
{
    /// <summary>How many messages the client takes now.</summary>
    public int Credit { get; private set; }

    /// <summary>Whether a message is gone as soon as it is sent (receive and delete).</summary>
    public bool Deletes => Link.SettleOnSend;

    public bool TrySend(StoredMessage message)
    {
        try
        {
            Credit--;
            Link.SendMessage(message.ForReceiver());
            return true;
        }
        catch (Exception e) when (e is AmqpException or ObjectDisposedException)
        {
            // The link or its connection is closing: the message is for somebody else.
            Credit = 0;
            return false;
        }
    }

    public override void OnFlow(FlowContext flowContext)
    {
        lock (Queue.Broker.Gate)
        {
            Credit = Math.Max(0, Credit + flowContext.Messages);
            Queue.Deliver();
            if (Link.IsDraining)
            {
                Credit = 0;
                Link.CompleteDrain();
            }
            else if (flowContext.Messages <= 0 && Credit > 0)
            {
                // The library takes a flow that adds nothing as one that takes all away.
                Link.SetCredit(Credit, drain: false);
            }
        }
    }

    public override void OnDisposition(DispositionContext dispositionContext)
    {
        // The library hands back, as released or rejected, what was on its way over a link that broke: the locks hold on until their time.
        if (Link.IsClosed || IsOfTheLibrary(dispositionContext.DeliveryState) || dispositionContext.Message is not Outgoing message)
            return;
        var token = message.LockToken;
        var fault = Queue.TakeFault(Operation.Settle);
        if (fault is { Done: false })
        {
            Answer(dispositionContext, fault);
            return;
        }

        var held = dispositionContext.DeliveryState switch
        {
            Accepted => Queue.Complete(token),
            Modified { UndeliverableHere: true } modified => Queue.Defer(token, modified.MessageAnnotations),
            Modified modified => Queue.Abandon(token, modified.MessageAnnotations),
            Rejected rejected => Queue.DeadLetter(token, rejected.Error?.Info),
            _ => Queue.Release(token),
        };
        if (fault is not null)
            Answer(dispositionContext, fault);
        else if (held || Deletes)
            dispositionContext.Complete();
        else
            dispositionContext.Complete(new Error(Conditions.LockLost) { Description = "The lock supplied is invalid." });
    }

    // A client rejects without an error or with one that says dead letter.
    private static bool IsOfTheLibrary(DeliveryState state) =>
        state is Rejected { Error: { } error } && !string.Equals(error.Condition, Conditions.DeadLetter, StringComparison.Ordinal);
}
