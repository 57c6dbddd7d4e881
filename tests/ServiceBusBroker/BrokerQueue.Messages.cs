using Amqp;
using ServiceBusBroker.Links;

namespace ServiceBusBroker;

/// <content>What becomes of messages. Everything here runs under the broker's lock.</content>
public sealed partial class BrokerQueue
{
    private readonly SortedDictionary<long, StoredMessage> _messages = [];
    private readonly SortedSet<long> _ready = [];
    private readonly Dictionary<Guid, StoredMessage> _locked = [];
    private readonly PriorityQueue<long, (DateTimeOffset Time, long Number)> _due = new();
    private readonly HashSet<string> _remembered = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, DateTimeOffset At)> _toForget = new();
    private readonly List<ReceivingLink> _receivers = [];
    private long _lastNumber;
    private int _duplicates;

    /// <summary>Stores a message, or drops it when its id is remembered.</summary>
    /// <returns>Its sequence number.</returns>
    internal long Enqueue(Message content) => Guarded(() =>
    {
        FallDue();
        var message = new StoredMessage(content);
        if (IsDuplicate(message.MessageId))
            return ++_lastNumber;
        if (message.WantedAt is { } time && time > _broker.Now)
        {
            message.Scheduled = time;
            Append(message);
            return message.SequenceNumber;
        }

        message.Live(_broker.Now, DefaultMessageTimeToLive);
        Append(message);
        Deliver();
        return message.SequenceNumber;
    });

    /// <summary>Lets fall due what is, and gives ready messages to the receivers that have credit, each in its turn.</summary>
    internal void Deliver() => Guarded(() =>
    {
        FallDue();
        while (_ready.Count > 0 && !Disabled && _receivers.Find(r => r.Credit > 0) is { } receiver)
        {
            _receivers.Remove(receiver);
            _receivers.Add(receiver);
            var message = _messages[_ready.Min];
            LockFor(message);
            if (_duplicates > 0)
            {
                _duplicates--;
                Append(message.Copy());
            }

            if (!receiver.TrySend(message))
                Release(message.LockToken);
            else if (receiver.Deletes)
                Forget(message);
        }
    });

    /// <summary>Forgets a message that was dealt with.</summary>
    /// <returns>Whether its lock still held.</returns>
    internal bool Complete(Guid token) => Settle(token, Forget);

    /// <summary>Makes a message ready again.</summary>
    internal bool Abandon(Guid token, IEnumerable<KeyValuePair<object, object>>? properties) => Settle(token, message =>
    {
        message.Set(properties);
        Unlock(message);
    });

    /// <summary>Makes a message ready that its receiver never looked at.</summary>
    internal bool Release(Guid token) => Settle(token, message =>
    {
        message.Deliveries--;
        Unlock(message);
    });

    /// <summary>Sets a message aside until it is asked for by its number.</summary>
    internal bool Defer(Guid token, IEnumerable<KeyValuePair<object, object>>? properties) => Settle(token, message =>
    {
        message.Set(properties);
        message.Deferred = true;
        Unlock(message);
    });

    /// <summary>Moves a message to the dead letters.</summary>
    internal bool DeadLetter(Guid token, IEnumerable<KeyValuePair<object, object>>? properties) => Settle(token, message =>
    {
        message.Set(properties);
        MoveToDeadLetters(message);
    });

    /// <summary>Prolongs a lock.</summary>
    /// <returns>Until when it now holds; null when it was lost.</returns>
    internal DateTimeOffset? Renew(Guid token) => Guarded<DateTimeOffset?>(() =>
    {
        FallDue();
        if (!_locked.TryGetValue(token, out var message))
            return null;
        message.LockedUntil = _broker.Now + LockDuration;
        FallsDue(message, message.LockedUntil);
        return message.LockedUntil;
    });

    /// <summary>Messages of every state by number, from one on.</summary>
    internal List<Outgoing> Peek(long from, int count) => Guarded(() =>
    {
        FallDue();
        return _messages.Values.Where(m => m.SequenceNumber >= from).Take(count).Select(m => m.ForReceiver(peeked: true)).ToList();
    });

    /// <summary>Locks deferred messages, or takes them away.</summary>
    /// <returns>Null when one of them is not there.</returns>
    internal List<Outgoing>? ReceiveDeferred(IReadOnlyList<long> numbers, bool delete) => Guarded(() =>
    {
        FallDue();
        if (!numbers.All(n => _messages.TryGetValue(n, out var m) && m.Deferred && !_locked.ContainsKey(m.LockToken)))
            return null;
        var messages = numbers.Select(n => _messages[n]).ToList();
        messages.ForEach(LockFor);
        var received = messages.ConvertAll(m => m.ForReceiver());
        if (delete)
            messages.ForEach(Forget);
        return received;
    });

    /// <summary>Forgets scheduled messages.</summary>
    /// <returns>Whether all of them were there; else none is forgotten.</returns>
    internal bool Cancel(IReadOnlyList<long> numbers) => Guarded(() =>
    {
        FallDue();
        if (!numbers.All(n => _messages.TryGetValue(n, out var m) && m.Scheduled is not null))
            return false;
        foreach (var number in numbers)
            Forget(_messages[number]);
        return true;
    });

    // A message may be due more often than once, and for a reason that has gone: what it is decides.
    private void FallDue()
    {
        var now = _broker.Now;
        while (_due.TryPeek(out var number, out var at) && at.Time <= now)
        {
            _due.Dequeue();
            if (!_messages.TryGetValue(number, out var message))
                continue;
            if (message.Scheduled is { } scheduled)
            {
                if (scheduled <= now)
                    Activate(message, scheduled);
            }
            else if (_locked.ContainsKey(message.LockToken))
            {
                if (message.LockedUntil <= now)
                    Unlock(message);
            }
            else if (message.ExpiresAt <= now)
            {
                Expire(message);
            }
        }
    }

    private void FallsDue(StoredMessage message, DateTimeOffset at) => _due.Enqueue(message.SequenceNumber, (at, message.SequenceNumber));

    // As if it had been enqueued then, which includes a new sequence number.
    private void Activate(StoredMessage message, DateTimeOffset at)
    {
        Forget(message);
        message.Scheduled = null;
        message.Live(at, DefaultMessageTimeToLive);
        Append(message);
    }

    private void Append(StoredMessage message)
    {
        message.SequenceNumber = ++_lastNumber;
        if (message.EnqueuedSequenceNumber == 0)
            message.EnqueuedSequenceNumber = message.SequenceNumber;
        _messages.Add(message.SequenceNumber, message);
        if (message.Scheduled is null)
            _ready.Add(message.SequenceNumber);
        FallsDue(message, message.Scheduled ?? message.ExpiresAt);
    }

    private void LockFor(StoredMessage message)
    {
        _ready.Remove(message.SequenceNumber);
        (message.LockToken, message.LockedUntil) = (Guid.NewGuid(), _broker.Now + LockDuration);
        message.Deliveries++;
        _locked.Add(message.LockToken, message);
        FallsDue(message, message.LockedUntil);
    }

    private void Unlock(StoredMessage message)
    {
        _locked.Remove(message.LockToken);
        if (message.ExpiresAt <= _broker.Now)
        {
            Expire(message);
        }
        else if (message.Deliveries >= MaxDeliveryCount && !message.Deferred && DeadLetters is not null)
        {
            message.Set(Reason("MaxDeliveryCountExceeded", $"Message could not be consumed after {MaxDeliveryCount} delivery attempts."));
            MoveToDeadLetters(message);
        }
        else
        {
            if (!message.Deferred)
                _ready.Add(message.SequenceNumber);
            FallsDue(message, message.ExpiresAt);
            Deliver();
        }
    }

    private bool Settle(Guid token, Action<StoredMessage> settle) => Guarded(() =>
    {
        FallDue();
        if (!_locked.TryGetValue(token, out var message))
            return false;
        settle(message);
        return true;
    });

    private void Expire(StoredMessage message)
    {
        if (!DeadLetteringOnMessageExpiration)
        {
            Forget(message);
            return;
        }

        message.Set(Reason("TTLExpiredException", "The message expired and was dead lettered."));
        MoveToDeadLetters(message);
    }

    private void MoveToDeadLetters(StoredMessage message)
    {
        if (DeadLetters is null)
        {
            Unlock(message);
            return;
        }

        Forget(message);
        message.Deferred = false;
        message.LiveForEver();
        DeadLetters.Append(message);
        DeadLetters.Deliver();
    }

    private void Forget(StoredMessage message)
    {
        _messages.Remove(message.SequenceNumber);
        _ready.Remove(message.SequenceNumber);
        _locked.Remove(message.LockToken);
    }

    private bool IsDuplicate(string? id)
    {
        if (id is null || DuplicateDetectionWindow is not { } window)
            return false;
        var now = _broker.Now;
        while (_toForget.TryPeek(out var oldest) && now - oldest.At > window)
            _remembered.Remove(_toForget.Dequeue().Id);
        if (!_remembered.Add(id))
            return true;
        _toForget.Enqueue((id, now));
        return false;
    }

    private static Dictionary<object, object> Reason(string reason, string description) =>
        new() { ["DeadLetterReason"] = reason, ["DeadLetterErrorDescription"] = description };
}
