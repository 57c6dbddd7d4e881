using System.Text;

namespace PendoSimulator.Aggregations;

/// <summary>How ids may be ordered; Pendo does not say.</summary>
internal static class IdComparers
{
    /// <summary>By the bytes of UTF-8.</summary>
    public static readonly StringComparer Bytes = new Utf8Order();

    /// <summary>Without regard to case first, so that ids that differ in case only stand side by side.</summary>
    public static readonly StringComparer IgnoreCase = new CaseOrder();

    private sealed class Utf8Order : StringComparer
    {
        public override int Compare(string? x, string? y) =>
            Encoding.UTF8.GetBytes(x ?? "").AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y ?? ""));

        public override bool Equals(string? x, string? y) => x == y;

        public override int GetHashCode(string obj) => Ordinal.GetHashCode(obj);
    }

    private sealed class CaseOrder : StringComparer
    {
        public override int Compare(string? x, string? y) =>
            OrdinalIgnoreCase.Compare(x, y) is var order and not 0 ? order : Ordinal.Compare(x, y);

        public override bool Equals(string? x, string? y) => x == y;

        public override int GetHashCode(string obj) => Ordinal.GetHashCode(obj);
    }
}
