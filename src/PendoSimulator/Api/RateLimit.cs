namespace PendoSimulator.Api;

/// <summary>Allows a number of calls of one endpoint in any second.</summary>
internal sealed class RateLimit(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Queue<long>> allowed = [];

    public bool Allows(string endpoint, int perSecond)
    {
        var now = time.GetTimestamp();
        lock (gate)
        {
            if (!allowed.TryGetValue(endpoint, out var recent))
                allowed[endpoint] = recent = new();
            while (recent.TryPeek(out var first) && now - first >= time.TimestampFrequency)
                recent.Dequeue();
            if (recent.Count >= perSecond)
                return false;
            recent.Enqueue(now);
            return true;
        }
    }
}
