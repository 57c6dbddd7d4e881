using PendoSimulator.Control;

namespace PendoSimulator.Segments;

/// <summary>
/// All segments, in the order of their creation. A write goes on for a while after its call; no other can begin meanwhile.
/// </summary>
internal sealed class SegmentStore(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly OrderedDictionary<string, Segment> segments = new(StringComparer.Ordinal);
    private int lastId;

    /// <summary>Makes a segment and returns its id; its first write begins with it.</summary>
    public string Create(string name, IEnumerable<string> visitors, TimeSpan writeTime)
    {
        lock (gate)
        {
            var segment = new Segment($"segment-{++lastId}", name, visitors) { BusyUntil = After(writeTime) };
            segments.Add(segment.Id, segment);
            return segment.Id;
        }
    }

    public SegmentState? Find(string id)
    {
        lock (gate)
            return segments.TryGetValue(id, out var segment) ? State(segment) : null;
    }

    public List<SegmentState> List()
    {
        lock (gate)
            return [.. segments.Values.Select(State)];
    }

    /// <summary>Changes a segment as one step, unless another write of it is under way.</summary>
    public SegmentWrite Write(string id, TimeSpan writeTime, Action<Segment> change)
    {
        lock (gate)
        {
            if (!segments.TryGetValue(id, out var segment))
                return SegmentWrite.Unknown;
            if (IsBusy(segment))
                return SegmentWrite.Busy;
            change(segment);
            segment.BusyUntil = After(writeTime);
            return SegmentWrite.Done;
        }
    }

    public SegmentWrite Delete(string id) => Write(id, TimeSpan.Zero, segment => segments.Remove(segment.Id));

    /// <summary>Begins a write that changes nothing; passes over unknown segments.</summary>
    public void Occupy(string id, TimeSpan writeTime) => Write(id, writeTime, _ => { });

    public void Clear()
    {
        lock (gate)
            segments.Clear();
    }

    private long After(TimeSpan wait) => time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);

    private bool IsBusy(Segment segment) => time.GetTimestamp() < segment.BusyUntil;

    private SegmentState State(Segment segment) => new(segment.Id, segment.Name, [.. segment.Visitors], IsBusy(segment));
}
