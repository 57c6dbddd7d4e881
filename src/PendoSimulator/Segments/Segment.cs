namespace PendoSimulator.Segments;

/// <summary>One segment, made by an upload; used under the store's lock.</summary>
internal sealed class Segment(string id, string name, IEnumerable<string> visitors)
{
    public string Id => id;

    public string Name { get; set; } = name;

    /// <summary>Visitor ids, known to Pendo or not.</summary>
    public HashSet<string> Visitors { get; set; } = new(visitors, StringComparer.Ordinal);

    /// <summary>The timestamp until which its last write is under way.</summary>
    public long BusyUntil { get; set; }
}

/// <summary>What became of a write.</summary>
internal enum SegmentWrite
{
    Done,
    Unknown,

    /// <summary>Another write of the segment is under way.</summary>
    Busy,
}
