using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace PendoSync.Values;

/// <summary>
/// The random seeds of one state, for XXH64. A collision of key hashes costs a redundant send, never a missed one, since a payload is
/// hashed with its key inside.
/// </summary>
/// <param name="Key">Seed of key hashes and of the first half of event ids.</param>
/// <param name="Payload">Seed of fingerprints and of the rest of event ids.</param>
public readonly record struct HashSeeds(ulong Key, ulong Payload)
{
    /// <summary>New random seeds.</summary>
    public static HashSeeds Random()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return new HashSeeds(BitConverter.ToUInt64(bytes), BitConverter.ToUInt64(bytes[8..]));
    }

    /// <summary>Hash of a key; never 0, which marks an empty slot.</summary>
    public ulong OfKey(ReadOnlySpan<byte> utf8) => NotZero(XxHash64.HashToUInt64(utf8, (long)Key));

    /// <summary>Hash of a key given as text.</summary>
    public ulong OfKey(string key) => OfKey(Encoding.UTF8.GetBytes(key));

    /// <summary>Fingerprint of a payload, or rest of an event id; never 0, which marks "not accepted yet".</summary>
    public ulong OfPayload(ReadOnlySpan<byte> utf8) => NotZero(XxHash64.HashToUInt64(utf8, (long)Payload));

    /// <summary>32 hex digits, read back by <see cref="Parse"/>.</summary>
    public override string ToString() => Key.ToString("x16", CultureInfo.InvariantCulture)
        + Payload.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static HashSeeds Parse(string text) => new(
        ulong.Parse(text.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
        ulong.Parse(text.AsSpan(16, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    private static ulong NotZero(ulong hash) => hash == 0 ? 1 : hash;
}
