namespace PendoSync.Pendo;

/// <summary>
/// Tells whether ids come in one order throughout. Which one Pendo sorts by it does not say: any of these is taken, if all pages keep it.
/// Pages by id are complete only where each begins behind the end of the one before.
/// </summary>
internal sealed class IdOrder
{
    private readonly List<Func<string, string, int>> _possible = [string.CompareOrdinal, ByCodePoint, IgnoringCase];
    private string? _last;

    /// <summary>Takes the next id; false when it stands in no order with those before, or came already.</summary>
    public bool Takes(string id)
    {
        if (_last is { } last)
            _possible.RemoveAll(order => order(last, id) >= 0);
        _last = id;
        return _possible.Count > 0;
    }

    // The bytes of UTF-8 are in the order of code points.
    private static int ByCodePoint(string a, string b)
    {
        var (left, right) = (a.EnumerateRunes().GetEnumerator(), b.EnumerateRunes().GetEnumerator());
        while (true)
        {
            var (hasLeft, hasRight) = (left.MoveNext(), right.MoveNext());
            if (!hasLeft || !hasRight)
                return hasLeft.CompareTo(hasRight);
            if (left.Current != right.Current)
                return left.Current.CompareTo(right.Current);
        }
    }

    private static int IgnoringCase(string a, string b) =>
        StringComparer.OrdinalIgnoreCase.Compare(a, b) is var order and not 0 ? order : string.CompareOrdinal(a, b) is 0 ? 0 : -1;
}
