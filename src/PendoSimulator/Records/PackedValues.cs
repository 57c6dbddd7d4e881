namespace PendoSimulator.Records;

/// <summary>A new value of one field: where its canonical JSON stands in the batch's bytes, or that the value is cleared.</summary>
internal readonly record struct ValueChange(int Field, int Start, int Length)
{
    public bool Clears => Length < 0;

    public static ValueChange Clear(int field) => new(field, 0, -1);
}

/// <summary>
/// The values of one record in one array: field index, length and canonical JSON one after the other. Field names are not repeated,
/// so a million records with ten fields take a few hundred megabytes.
/// </summary>
internal static class PackedValues
{
    /// <summary>The values after the changes, or null if they are the old ones.</summary>
    public static byte[]? Merge(ReadOnlySpan<byte> old, ReadOnlySpan<ValueChange> changes, ByteBuffer source, ByteBuffer work)
    {
        work.CutTo(0);
        for (var rest = old; !rest.IsEmpty;)
        {
            var before = rest;
            var (field, _) = Next(ref rest);
            if (LastChange(changes, field) < 0)
                work.Append(before[..(before.Length - rest.Length)]);
        }
        for (var i = 0; i < changes.Length; i++)
        {
            var change = changes[i];
            if (change.Clears || LastChange(changes, change.Field) != i)
                continue;
            work.AppendNumber(change.Field);
            work.AppendNumber(change.Length);
            work.Append(source.Slice(change.Start, change.Length));
        }
        return work.Written.SequenceEqual(old) ? null : work.Written.ToArray();
    }

    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> packed, int field)
    {
        while (!packed.IsEmpty)
        {
            var here = packed;
            var (found, length) = Next(ref packed);
            if (found == field)
                return here.Slice(here.Length - packed.Length - length, length);
        }
        return default;
    }

    /// <summary>Notes for each field index where its value stands; a field without a value keeps length 0.</summary>
    public static void Locate(ReadOnlySpan<byte> packed, Span<(int Start, int Length)> places)
    {
        places.Clear();
        for (var rest = packed; !rest.IsEmpty;)
        {
            var (field, length) = Next(ref rest);
            if (field < places.Length)
                places[field] = (packed.Length - rest.Length - length, length);
        }
    }

    private static (int Field, int Length) Next(ref ReadOnlySpan<byte> rest)
    {
        var field = Number(ref rest);
        var length = Number(ref rest);
        rest = rest[length..];
        return (field, length);
    }

    private static int Number(ref ReadOnlySpan<byte> rest)
    {
        var value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = rest[0];
            rest = rest[1..];
            value |= (b & 0x7f) << shift;
            if (b < 0x80)
                return value;
        }
    }

    private static int LastChange(ReadOnlySpan<ValueChange> changes, int field)
    {
        for (var i = changes.Length - 1; i >= 0; i--)
        {
            if (changes[i].Field == field)
                return i;
        }
        return -1;
    }
}
