namespace PendoSimulator.Control;

/// <summary>One call as it was seen; status 0 means that no answer was sent.</summary>
public sealed record CallEntry(
    long Number, string Endpoint, string Method, string Path, int Status, int Records, long Bytes, double Milliseconds,
    DateTimeOffset Time, string? Fault);

/// <summary>How many calls were under way at once, and how many began within one second, at most.</summary>
public sealed record CallPeaks(int MaxConcurrent, int MaxPerSecond);

/// <summary>Counts, times and concurrency of all calls, with the last of them in full.</summary>
internal sealed class CallLog(TimeProvider time, int remembered)
{
    private readonly Lock gate = new();
    private readonly Queue<CallEntry> last = new();
    private readonly Dictionary<(string Endpoint, int Status), int> counts = [];
    private readonly Meter all = new();
    private readonly Meter api = new();
    private readonly Meter data = new();
    private long number;
    private long records;
    private long bytes;

    public Pending Begin(string endpoint, string method, string path)
    {
        var started = time.GetTimestamp();
        lock (gate)
        {
            all.Begin(started, time.TimestampFrequency);
            Part(endpoint).Begin(started, time.TimestampFrequency);
            return new(++number, endpoint, method, path, started, time.GetUtcNow());
        }
    }

    public void End(Pending call, int status, int recordCount, long byteCount, string? fault)
    {
        var milliseconds = time.GetElapsedTime(call.Started).TotalMilliseconds;
        lock (gate)
        {
            all.End();
            Part(call.Endpoint).End();
            records += recordCount;
            bytes += byteCount;
            counts[(call.Endpoint, status)] = counts.GetValueOrDefault((call.Endpoint, status)) + 1;
            last.Enqueue(new(call.Number, call.Endpoint, call.Method, call.Path, status, recordCount, byteCount,
                milliseconds, call.Time, fault));
            if (last.Count > remembered)
                last.Dequeue();
        }
    }

    public CallSummary Summary()
    {
        lock (gate)
        {
            var byEndpoint = counts.Select(c => new EndpointCount(c.Key.Endpoint, c.Key.Status, c.Value))
                .OrderBy(c => c.Endpoint, StringComparer.Ordinal).ThenBy(c => c.Status).ToList();
            return new(number, records, bytes, byEndpoint, all.Peaks, api.Peaks, data.Peaks);
        }
    }

    public List<CallEntry> Last(int count)
    {
        lock (gate)
            return [.. last.Skip(Math.Max(0, last.Count - count))];
    }

    public void Clear()
    {
        lock (gate)
        {
            last.Clear();
            counts.Clear();
            number = records = bytes = 0;
            all.Forget();
            api.Forget();
            data.Forget();
        }
    }

    private Meter Part(string endpoint) => endpoint == Api.Endpoints.Track ? data : api;

    internal readonly record struct Pending(long Number, string Endpoint, string Method, string Path, long Started, DateTimeOffset Time);

    /// <summary>Peaks over a sliding second; used under the log's lock.</summary>
    private sealed class Meter
    {
        private readonly Queue<long> starts = new();
        private int running;
        private int maxRunning;
        private int maxPerSecond;

        public CallPeaks Peaks => new(maxRunning, maxPerSecond);

        public void Begin(long now, long ticksPerSecond)
        {
            maxRunning = Math.Max(maxRunning, ++running);
            starts.Enqueue(now);
            while (now - starts.Peek() >= ticksPerSecond)
                starts.Dequeue();
            maxPerSecond = Math.Max(maxPerSecond, starts.Count);
        }

        public void End() => running--;

        public void Forget()
        {
            starts.Clear();
            maxRunning = running;
            maxPerSecond = 0;
        }
    }
}
