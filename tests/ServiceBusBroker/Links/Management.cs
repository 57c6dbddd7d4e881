using Amqp;
using Amqp.Framing;
using Amqp.Listener;
using Amqp.Types;

namespace ServiceBusBroker.Links;

/// <summary>Takes every token, or refuses every one.</summary>
internal sealed class Tokens(Broker broker) : IRequestProcessor
{
    public int Credit => 100;

    public void Process(RequestContext requestContext)
    {
        var answer = new Message { ApplicationProperties = new ApplicationProperties() };
        answer.ApplicationProperties["status-code"] = broker.Unauthorized ? 401 : 202;
        answer.ApplicationProperties["status-description"] = broker.Unauthorized ? "Unauthorized" : "Accepted";
        requestContext.Complete(answer);
    }
}

/// <summary>What clients ask a queue apart from sending and receiving:
/// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response.</summary>
internal sealed class Management(BrokerQueue queue) : IRequestProcessor
{
    public int Credit => 100;

    public void Process(RequestContext requestContext)
    {
        var fault = queue.TakeFault(Operation.Manage);
        Message? answer = null;
        if (fault is not { Done: false })
            answer = queue.Disabled ? Refuse(400, Conditions.Disabled) : Carry(requestContext.Message);
        if (fault is { Cut: true })
            queue.Broker.Network.Sever(requestContext.Link.Session.Connection);
        else if (fault is { Condition: { } condition })
            requestContext.Complete(Refuse(condition == Conditions.Busy ? 503 : condition == Conditions.LockLost ? 410 : 400, condition));
        else if (fault is null)
            requestContext.Complete(answer!);
    }

    private Message Carry(Message request)
    {
        var asked = (Map)request.Body;
        return request.ApplicationProperties["operation"] switch
        {
            "com.microsoft:renew-lock" => Renew((Guid[])asked["lock-tokens"]),
            "com.microsoft:peek-message" =>
                Messages(queue.Peek((long)asked["from-sequence-number"], (int)asked["message-count"]), locked: false),
            "com.microsoft:schedule-message" => Schedule((List)asked["messages"]),
            "com.microsoft:cancel-scheduled-message" =>
                queue.Cancel((long[])asked["sequence-numbers"]) ? Answer([]) : Refuse(404, Conditions.MessageNotFound),
            "com.microsoft:receive-by-sequence-number" =>
                queue.ReceiveDeferred((long[])asked["sequence-numbers"], delete: (uint)asked["receiver-settle-mode"] == 0) is { } received
                    ? Messages(received, locked: true)
                    : Refuse(404, Conditions.MessageNotFound),
            "com.microsoft:update-disposition" =>
                ((Guid[])asked["lock-tokens"]).All(token => Settle(token, asked)) ? Answer([]) : Refuse(410, Conditions.LockLost),
            _ => Refuse(501, Conditions.NotImplemented),
        };
    }

    private Message Renew(Guid[] tokens)
    {
        var until = Array.ConvertAll(tokens, queue.Renew);
        return Array.TrueForAll(until, u => u is not null)
            ? Answer(new Map { ["expirations"] = Array.ConvertAll(until, u => u!.Value.UtcDateTime) })
            : Refuse(410, Conditions.LockLost);
    }

    private Message Schedule(List messages)
    {
        var sent = messages.Cast<Map>().Select(m => (byte[])m["message"]).ToList();
        if (sent.Exists(bytes => bytes.Length > queue.MaxMessageSize))
            return Refuse(403, Conditions.TooLarge);
        return Answer(new Map { ["sequence-numbers"] = sent.Select(bytes => queue.Enqueue(SendingLink.Decode(bytes))).ToArray() });
    }

    private bool Settle(Guid token, Map asked)
    {
        var properties = (asked["properties-to-modify"] as Map)?.ToDictionary() ?? [];
        switch (asked["disposition-status"])
        {
            case "completed":
                return queue.Complete(token);
            case "abandoned":
                return queue.Abandon(token, properties);
            // As the protocol spells it.
            case "defered":
                return queue.Defer(token, properties);
            case "suspended":
                if (asked["deadletter-reason"] is { } reason)
                    properties["DeadLetterReason"] = reason;
                if (asked["deadletter-description"] is { } description)
                    properties["DeadLetterErrorDescription"] = description;
                return queue.DeadLetter(token, properties);
            default:
                return false;
        }
    }

    private static Message Messages(List<Outgoing> messages, bool locked)
    {
        if (messages.Count == 0)
            return Answer([], 204);
        var list = new List();
        foreach (var message in messages)
        {
            var bytes = message.Encode();
            var entry = new Map { ["message"] = bytes.Buffer.AsSpan(bytes.Offset, bytes.Length).ToArray() };
            if (locked)
                entry["lock-token"] = message.LockToken;
            list.Add(entry);
        }

        return Answer(new Map { ["messages"] = list });
    }

    private static Message Answer(Map body, int status = 200)
    {
        var answer = new Message(body) { ApplicationProperties = new ApplicationProperties() };
        answer.ApplicationProperties["statusCode"] = status;
        return answer;
    }

    private static Message Refuse(int status, string condition)
    {
        var answer = Answer([], status);
        answer.ApplicationProperties["errorCondition"] = (Symbol)condition;
        answer.ApplicationProperties["statusDescription"] = condition;
        return answer;
    }
}
