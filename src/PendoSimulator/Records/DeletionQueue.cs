using System.Collections.Concurrent;
using PendoSimulator.Control;

namespace PendoSimulator.Records;

/// <summary>The bulk deletions asked for, in their order, and the ids that Pendo therefore no longer processes.</summary>
internal sealed class DeletionQueue
{
    private readonly Lock gate = new();
    private readonly List<(Deletion Request, RecordKind Kind)> requests = [];
    private readonly ConcurrentDictionary<(string Kind, string Id), bool> covered = new();

    /// <summary>Notes a request and marks its ids; the records go away at once, or with <see cref="CarryOut"/> if it is to wait.</summary>
    public Deletion Add(RecordKind kind, IReadOnlyList<string> ids, bool waits)
    {
        lock (gate)
        {
            var request = new Deletion($"deletion-{requests.Count + 1}", kind.Name, ids, Outstanding: true);
            requests.Add((request, kind));
            foreach (var id in ids)
                covered[(kind.Name, id)] = true;
            if (!waits)
                CarryOut();
            return request;
        }
    }

    /// <summary>Removes the records of all outstanding requests.</summary>
    public void CarryOut()
    {
        lock (gate)
        {
            for (var i = 0; i < requests.Count; i++)
            {
                var (request, kind) = requests[i];
                if (!request.Outstanding)
                    continue;
                kind.Records.Remove(request.Ids);
                requests[i] = (request with { Outstanding = false }, kind);
            }
        }
    }

    public List<Deletion> List()
    {
        lock (gate)
            return requests.ConvertAll(r => r.Request);
    }

    /// <summary>Whether a request named this id; its future events are dropped (SUP-13857784403611).</summary>
    public bool Covers(string kind, string id) => covered.ContainsKey((kind, id));

    public void Clear()
    {
        lock (gate)
        {
            requests.Clear();
            covered.Clear();
        }
    }
}
