using System.Text;

namespace PendoSync.State;

/// <summary>
/// The properties of one entity as one binary, so that a row is read and written with one statement. Of a binary property only the
/// name is in it: its bytes are kept apart, so that a query for keys or small columns reads no page of them.
/// </summary>
internal static class PackedProperties
{
    private enum Kind : byte
    {
        Text = 1,
        Flag,
        Number,
        Fraction,
        Time,
        Binary,
    }

    /// <summary>Packs all properties.</summary>
    public static byte[] Pack(TableRow row)
    {
        using var stream = new MemoryStream(256);
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        foreach (var (name, value) in row.Properties)
        {
            writer.Write(name);
            Write(writer, value);
        }

        return stream.ToArray();
    }

    /// <summary>Puts the chosen properties (null: all) into a row; returns the names of chosen ones that are kept apart.</summary>
    public static IReadOnlyList<string> Unpack(string table, byte[] packed, TableRow row, IReadOnlyList<string>? columns)
    {
        List<string>? apart = null;
        try
        {
            using var reader = new BinaryReader(new MemoryStream(packed, writable: false), Encoding.UTF8);
            while (reader.BaseStream.Position < packed.Length)
            {
                var name = reader.ReadString();
                var value = Read(reader);
                if (columns?.Contains(name) == false)
                    continue;
                if (value is null)
                    (apart ??= []).Add(name);
                else
                    row[name] = value;
            }
        }
        catch (Exception e) when (e is IOException or FormatException or ArgumentException)
        {
            throw new DamagedRowException(table, row, e);
        }

        return apart ?? (IReadOnlyList<string>)[];
    }

    private static void Write(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case string text:
                writer.Write((byte)Kind.Text);
                writer.Write(text);
                break;
            case bool flag:
                writer.Write((byte)Kind.Flag);
                writer.Write(flag);
                break;
            case long number:
                writer.Write((byte)Kind.Number);
                writer.Write(number);
                break;
            case double number:
                writer.Write((byte)Kind.Fraction);
                writer.Write(number);
                break;
            case DateTimeOffset time:
                writer.Write((byte)Kind.Time);
                writer.Write(time.UtcTicks);
                break;
            case byte[]:
                writer.Write((byte)Kind.Binary);
                break;
            default:
                throw new ProblemException(ProblemKind.Internal, $"no table store keeps a {value.GetType().Name}");
        }
    }

    // Null: a binary, which is kept apart.
    private static object? Read(BinaryReader reader) => (Kind)reader.ReadByte() switch
    {
        Kind.Text => reader.ReadString(),
        Kind.Flag => reader.ReadBoolean(),
        Kind.Number => reader.ReadInt64(),
        Kind.Fraction => reader.ReadDouble(),
        Kind.Time => new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero),
        Kind.Binary => null,
        var unknown => throw new FormatException($"kind {(byte)unknown}"),
    };
}
