using System.Data.SqlTypes;
using System.Numerics;
using System.Text;

namespace PendoSync.Tests.Warehouses.Tds;

/// <summary>What a client said of itself when it logged in.</summary>
/// <param name="User">Login name; empty with a token.</param>
/// <param name="Password">Password, in clear.</param>
/// <param name="Database">Database.</param>
/// <param name="ReadOnly">True: it asked for a readable secondary.</param>
/// <param name="Token">A token of Microsoft Entra; null without one.</param>
internal sealed record TdsLogin(string User, string Password, string Database, bool ReadOnly, string? Token)
{
    /// <summary>True: the whole connection is encrypted.</summary>
    public bool Encrypted { get; init; }

    /// <summary>True: TLS came before anything of TDS (version 8.0).</summary>
    public bool Strict { get; init; }

    /// <summary>True: it waits to be told whom to ask for a token.</summary>
    public bool WantsToken { get; init; }

    /// <summary>Bytes of the packets that it wants.</summary>
    public int PacketSize { get; init; } = 4096;

    /// <summary>Reads a LOGIN7 message. [MS-TDS] 2.2.6.4</summary>
    public static TdsLogin Parse(byte[] message)
    {
        string Field(int at)
        {
            var cursor = new TdsCursor(message, at);
            var (offset, characters) = (cursor.Int16(), cursor.Int16());
            return new TdsCursor(message, offset).Text(characters);
        }

        var password = new TdsCursor(message, 44) is var p ? new TdsCursor(message, p.Int16()).Take(p.Int16() * 2).ToArray() : [];
        for (var i = 0; i < password.Length; i++)
            password[i] = (byte)(((password[i] ^ 0xA5) << 4) | ((password[i] ^ 0xA5) >> 4));
        return new TdsLogin(Field(40), Encoding.Unicode.GetString(password), Field(68), (message[26] & 0x20) != 0, null)
        {
            WantsToken = HasFeature(message, 0x02),
            PacketSize = new TdsCursor(message, 8).Int32(),
        };
    }

    private static bool HasFeature(byte[] message, byte feature)
    {
        if ((message[27] & 0x10) == 0)
            return false;
        var cursor = new TdsCursor(message, new TdsCursor(message, new TdsCursor(message, 56).Int16()).Int32());
        for (var id = cursor.Byte(); id != 0xFF; id = cursor.Byte())
        {
            if (id == feature)
                return true;
            cursor.Take(cursor.Int32());
        }

        return false;
    }
}

/// <summary>A parameter as it came over the wire.</summary>
/// <param name="Type">Name of its type in T-SQL, without lengths.</param>
/// <param name="Value">long, decimal, double, float, string, DateTime, SqlDateTime (datetime) or DateTimeOffset.</param>
internal sealed record TdsParameter(string Type, object? Value);

/// <summary>A statement: a batch, or sp_executesql with parameters.</summary>
internal sealed record TdsRequest(string Text, IReadOnlyDictionary<string, TdsParameter> Parameters)
{
    private const byte Rpc = 0x03;
    private static readonly DateTime Day1 = new(1, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>Reads a message of that type. [MS-TDS] 2.2.6.6 and 2.2.6.7</summary>
    public static TdsRequest Parse(byte type, byte[] message)
    {
        var cursor = new TdsCursor(message);
        cursor.At = cursor.Int32();
        if (type != Rpc)
            return new TdsRequest(Encoding.Unicode.GetString(message.AsSpan(cursor.At)), new Dictionary<string, TdsParameter>());
        if (cursor.Int16() != -1 || cursor.Int16() != 10)
            throw new NotSupportedException("only sp_executesql is answered");
        cursor.Int16();
        var parameters = new List<(string Name, TdsParameter Parameter)>();
        while (!cursor.Ended)
        {
            var name = cursor.Text(cursor.Byte());
            cursor.Byte();
            parameters.Add((name, Read(cursor)));
        }

        return new TdsRequest((string)parameters[0].Parameter.Value!, parameters.Skip(2)
            .ToDictionary(p => p.Name, p => p.Parameter, StringComparer.Ordinal));
    }

    private static TdsParameter Read(TdsCursor c)
    {
        switch (c.Byte())
        {
            case 0xE7:
                return new("nvarchar", TextOf(c, Encoding.Unicode));
            case 0xA7:
                return new("varchar", TextOf(c, Encoding.Latin1));
            case 0x63:
                c.Take(9);
                return new("ntext", Encoding.Unicode.GetString(c.Take(c.Int32())));
            case 0x26:
                var size = c.Byte();
                c.Byte();
                return new(size == 8 ? "bigint" : "int", size == 8 ? c.Int64() : c.Int32());
            case 0x6D:
                var real = c.Byte() == 4;
                c.Byte();
                return real ? new("real", BitConverter.Int32BitsToSingle(c.Int32()))
                    : new("float", BitConverter.Int64BitsToDouble(c.Int64()));
            case 0x6A or 0x6C:
                c.Byte();
                var (_, scale, length) = (c.Byte(), c.Byte(), c.Byte());
                var sign = c.Byte() == 1 ? 1 : -1;
                return new("decimal", sign * (decimal)new BigInteger(c.Take(length - 1), isUnsigned: true) / (decimal)BigInteger.Pow(10,
                    scale));
            case 0x6F:
                var wide = c.Byte() == 8;
                c.Byte();
                return wide ? new("datetime", new SqlDateTime(c.Int32(), c.Int32()))
                    : new("smalldatetime", new DateTime(1900, 1, 1, 0, 0, 0, DateTimeKind.Unspecified).AddDays((ushort)c.Int16())
                        .AddMinutes((ushort)c.Int16()));
            case 0x28:
                c.Byte();
                return new("date", Day(c));
            case 0x2A:
                var (fraction, bytes) = (c.Byte(), c.Byte());
                var clock = Clock(c, fraction, bytes - 3);
                return new("datetime2", Day(c) + clock);
            case 0x2B:
                (fraction, bytes) = (c.Byte(), c.Byte());
                clock = Clock(c, fraction, bytes - 5);
                var utc = new DateTimeOffset(Day(c) + clock, TimeSpan.Zero);
                return new("datetimeoffset", utc.ToOffset(TimeSpan.FromMinutes(c.Int16())));
            case var other:
                throw new NotSupportedException($"a parameter of type 0x{other:X2}");
        }
    }

    private static string? TextOf(TdsCursor c, Encoding encoding)
    {
        var length = c.Int16();
        c.Take(5);
        if (length == -1)
            return c.Chunks() is { } all ? encoding.GetString(all) : null;
        return c.Int16() is var bytes and >= 0 ? encoding.GetString(c.Take(bytes)) : null;
    }

    private static DateTime Day(TdsCursor c) => Day1.AddDays(c.Byte() | (c.Byte() << 8) | (c.Byte() << 16));

    private static TimeSpan Clock(TdsCursor c, int scale, int bytes)
    {
        long units = 0;
        for (var i = 0; i < bytes; i++)
            units |= (long)c.Byte() << (8 * i);
        return new TimeSpan(units * (long)Math.Pow(10, 7 - scale));
    }
}

/// <summary>An error as the server reports it. Class 20 and up end the connection.</summary>
internal sealed record TdsError(int Number, byte Class, string Message);

/// <summary>What a statement is answered with.</summary>
internal sealed class TdsReply
{
    /// <summary>Name and type of each column.</summary>
    public IReadOnlyList<(string Name, TdsType Type)> Columns { get; init; } = [];

    /// <summary>The rows; taken one by one, so they may go on for ever.</summary>
    public IEnumerable<object?[]> Rows { get; init; } = [];

    /// <summary>Reported behind the rows; null: nothing went wrong.</summary>
    public TdsError? Error { get; init; }

    /// <summary>True: behind the rows the connection is reset.</summary>
    public bool Resets { get; init; }

    /// <summary>True: behind the rows nothing comes until the client cancels.</summary>
    public bool Stalls { get; init; }

    /// <summary>Just an error.</summary>
    public static TdsReply Fails(int number, string message, byte @class = 16) => new() { Error = new TdsError(number, @class, message) };

    /// <summary>Rows of columns that are written as "name type".</summary>
    public static TdsReply Of(string[] columns, params object?[][] rows) => new()
    {
        Columns = [.. columns.Select(c => (c[..c.IndexOf(' ', StringComparison.Ordinal)],
            TdsType.Of(c[(c.IndexOf(' ', StringComparison.Ordinal) + 1)..])))],
        Rows = rows,
    };
}
