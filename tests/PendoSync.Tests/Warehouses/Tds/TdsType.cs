using System.Data.SqlTypes;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace PendoSync.Tests.Warehouses.Tds;

/// <summary>
/// A type of SQL Server as it goes over the wire. [MS-TDS] 2.2.5.4 and 2.2.5.5:
/// https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/
/// </summary>
internal sealed record TdsType(string Name, Action<TdsBuffer> Info, Action<TdsBuffer, object> Value, Action<TdsBuffer> Null)
{
    // Latin1_General_CI_AS.
    private static readonly byte[] Collation = [0x09, 0x04, 0xD0, 0x00, 0x34];
    private static readonly DateTime Day1 = new(1, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);
    private static readonly DateTime Day1900 = new(1900, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>UserType of its column; 80 tells a rowversion from other bytes.</summary>
    public int UserType { get; init; }

    /// <summary>The type of that name, as in T-SQL: bigint, decimal(38,10), char(10), nvarchar(max), datetime2(7).</summary>
    public static TdsType Of(string name)
    {
        var parts = name.Split('(', ')', ',');
        int Argument(int i, int otherwise) => parts.Length > i ? parts[i] == "max" ? -1
            : int.Parse(parts[i], CultureInfo.InvariantCulture) : otherwise;
        return parts[0] switch
        {
            "bit" => Sized(name, 0x68, 1, (b, v) => b.Byte((bool)v ? 1 : 0)),
            "tinyint" => Sized(name, 0x26, 1, (b, v) => b.Low(Whole(v), 1)),
            "smallint" => Sized(name, 0x26, 2, (b, v) => b.Low(Whole(v), 2)),
            "int" => Sized(name, 0x26, 4, (b, v) => b.Low(Whole(v), 4)),
            "bigint" => Sized(name, 0x26, 8, (b, v) => b.Low(Whole(v), 8)),
            "real" => Sized(name, 0x6D, 4, (b, v) => b.Int32(BitConverter.SingleToInt32Bits((float)v))),
            "float" => Sized(name, 0x6D, 8, (b, v) => b.Int64(BitConverter.DoubleToInt64Bits((double)v))),
            "money" => Sized(name, 0x6E, 8, (b, v) => Money(b, v)),
            "smallmoney" => Sized(name, 0x6E, 4, (b, v) => b.Int32((int)((decimal)v * 10_000))),
            "datetime" => Sized(name, 0x6F, 8, (b, v) => b.Int32(((SqlDateTime)v).DayTicks).Int32(((SqlDateTime)v).TimeTicks)),
            "smalldatetime" => Sized(name, 0x6F, 4, (b, v) => b.Int16(((DateTime)v - Day1900).Days)
                .Int16((int)((DateTime)v).TimeOfDay.TotalMinutes)),
            "uniqueidentifier" => Sized(name, 0x24, 16, (b, v) => b.Bytes(((Guid)v).ToByteArray())),
            "date" => new(name, b => b.Byte(0x28), (b, v) => Days(b.Byte(3), (DateTime)v), b => b.Byte(0)),
            "time" => Scaled(name, 0x29, Argument(1, 7), (b, v, scale) => Clock(b, ((TimeSpan)v).Ticks, scale), extra: 0),
            "datetime2" => Scaled(name, 0x2A, Argument(1, 7), (b, v, scale) =>
                Days(Clock(b, ((DateTime)v).TimeOfDay.Ticks, scale), (DateTime)v), extra: 3),
            "datetimeoffset" => Scaled(name, 0x2B, Argument(1, 7), Offset, extra: 5),
            "decimal" or "numeric" => Decimal(name, Argument(1, 18), Argument(2, 0)),
            "char" => Text(name, 0xAF, Argument(1, 1), v => Encoding.Latin1.GetBytes(v.PadRight(Argument(1, 1)))),
            "varchar" => Text(name, 0xA7, Argument(1, 8000), Encoding.Latin1.GetBytes),
            "nchar" => Text(name, 0xEF, Argument(1, 1) * 2, v => Encoding.Unicode.GetBytes(v.PadRight(Argument(1, 1)))),
            "nvarchar" => Text(name, 0xE7, Argument(1, 4000) is var n and >= 0 ? n * 2 : -1, Encoding.Unicode.GetBytes),
            "text" => Old(name, 0x23, v => Encoding.Latin1.GetBytes((string)v), collated: true),
            "ntext" => Old(name, 0x63, v => Encoding.Unicode.GetBytes((string)v), collated: true),
            "image" => Old(name, 0x22, v => (byte[])v, collated: false),
            "xml" => new(name, b => b.Byte(0xF1).Byte(0), (b, v) => Chunks(b, Encoding.Unicode.GetBytes((string)v)), b => b.Int64(-1)),
            "binary" => Binary(name, 0xAD, Argument(1, 8)),
            "varbinary" => Binary(name, 0xA5, Argument(1, 8000)),
            "rowversion" => Binary(name, 0xAD, 8) with { UserType = 80 },
            "sql_variant" => new(name, b => b.Byte(0x62).Int32(8016), Variant, b => b.Int32(0)),
            "geography" => new(name, b => b.Byte(0xF0).Int16(-1).Short("analytics").Short("sys").Short("geography")
                    .Long("Microsoft.SqlServer.Types.SqlGeography, Microsoft.SqlServer.Types, Version=11.0.0.0, " +
                        "Culture=neutral, PublicKeyToken=89845dcd8080cc91"),
                (b, v) => Chunks(b, (byte[])v), b => b.Int64(-1)),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such type here"),
        };
    }

    private static long Whole(object value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private static TdsType Sized(string name, byte token, int length, Action<TdsBuffer, object> value) =>
        new(name, b => b.Byte(token).Byte(length), (b, v) => value(b.Byte(length), v), b => b.Byte(0));

    private static TdsType Scaled(string name, byte token, int scale, Action<TdsBuffer, object, int> value, int extra) =>
        new(name, b => b.Byte(token).Byte(scale), (b, v) => value(b.Byte(ClockLength(scale) + extra), v, scale), b => b.Byte(0));

    private static TdsType Text(string name, byte token, int length, Func<string, byte[]> bytes) => new(name,
        b => b.Byte(token).Int16(length).Bytes(Collation),
        (b, v) => Counted(b, bytes((string)v), length), b => NullOf(b, length));

    private static TdsType Binary(string name, byte token, int length) => new(name,
        b => b.Byte(token).Int16(length), (b, v) => Counted(b, (byte[])v, length), b => NullOf(b, length));

    private static TdsType Old(string name, byte token, Func<object, byte[]> bytes, bool collated) => new(name,
        b => b.Byte(token).Int32(int.MaxValue).Bytes(collated ? Collation : []).Byte(1).Long("t"),
        (b, v) =>
        {
            var data = bytes(v);
            b.Byte(16).Bytes(new byte[24]).Int32(data.Length).Bytes(data);
        },
        b => b.Byte(0));

    private static TdsType Decimal(string name, int precision, int scale)
    {
        var size = precision switch { <= 9 => 5, <= 19 => 9, <= 28 => 13, _ => 17 };
        return new(name, b => b.Byte(0x6A).Byte(size).Byte(precision).Byte(scale), (b, v) =>
        {
            var text = Convert.ToString(v, CultureInfo.InvariantCulture)!;
            var digits = text.TrimStart('-').Split('.');
            var number = BigInteger.Parse(digits[0] + (digits.Length > 1 ? digits[1] : "").PadRight(scale, '0'),
                CultureInfo.InvariantCulture);
            var magnitude = new byte[size - 1];
            number.TryWriteBytes(magnitude, out _, isUnsigned: true);
            b.Byte(size).Byte(text.StartsWith('-') ? 0 : 1).Bytes(magnitude);
        }, b => b.Byte(0));
    }

    private static void Counted(TdsBuffer b, byte[] data, int length)
    {
        if (length < 0)
            Chunks(b, data);
        else
            b.Int16(data.Length).Bytes(data);
    }

    private static void NullOf(TdsBuffer b, int length)
    {
        if (length < 0)
            b.Int64(-1);
        else
            b.Int16(-1);
    }

    // No chunk, and no length of one, crosses the end of a packet, since drivers know that of SQL Server.
    private static void Chunks(TdsBuffer b, byte[] data)
    {
        const int LengthBytes = 4;
        b.Int64(data.Length);
        for (var at = 0; at < data.Length;)
        {
            if (b.Room < LengthBytes + 2)
                b.EndPacket();
            var length = Math.Min(data.Length - at, (b.Room - LengthBytes) & ~1);
            b.Int32(length).Bytes(data.AsSpan(at, length));
            at += length;
        }

        if (b.Room < LengthBytes)
            b.EndPacket();
        b.Int32(0);
    }

    private static void Money(TdsBuffer b, object value)
    {
        var units = (long)((decimal)value * 10_000);
        b.Int32((int)(units >> 32)).Int32((int)units);
    }

    private static int ClockLength(int scale) => scale switch { <= 2 => 3, <= 4 => 4, _ => 5 };

    private static TdsBuffer Clock(TdsBuffer b, long ticks, int scale) => b.Low(ticks / (long)Math.Pow(10, 7 - scale), ClockLength(scale));

    private static void Days(TdsBuffer b, DateTime day) => b.Low((day.Date - Day1).Days, 3);

    private static void Offset(TdsBuffer b, object value, int scale)
    {
        var instant = (DateTimeOffset)value;
        Days(Clock(b, instant.UtcDateTime.TimeOfDay.Ticks, scale), instant.UtcDateTime);
        b.Int16((int)instant.Offset.TotalMinutes);
    }

    // Its length, base type, properties and value.
    private static void Variant(TdsBuffer b, object value)
    {
        switch (value)
        {
            case int number:
                b.Int32(6).Byte(0x38).Byte(0).Int32(number);
                break;
            case string text:
                var data = Encoding.Unicode.GetBytes(text);
                b.Int32(9 + data.Length).Byte(0xE7).Byte(7).Bytes(Collation).Int16(8000).Bytes(data);
                break;
            default:
                throw new NotSupportedException();
        }
    }
}
