using System.Globalization;
using System.Text;
using PendoSync.Values;

namespace PendoSync.Tests.Values;

public sealed class HashSeedsTests
{
    private const ulong Prime = 2654435761;

    /// <summary>
    /// Hashes are kept for ever, so whatever computes them must be XXH64. The self-test values of xxhsum (github.com/Cyan4973/xxHash) over
    /// its generated buffer.
    /// </summary>
    [Theory]
    [InlineData(0, 0, "EF46DB3751D8E999")]
    [InlineData(0, Prime, "AC75FDA2929B17EF")]
    [InlineData(1, 0, "E934A84ADB052768")]
    [InlineData(1, Prime, "5014607643A9B4C3")]
    [InlineData(4, 0, "9136A0DCA57457EE")]
    [InlineData(14, 0, "8282DCC4994E35C8")]
    [InlineData(14, Prime, "C3BD6BF63DEB6DF0")]
    [InlineData(222, 0, "B641AE8CB691C174")]
    [InlineData(222, Prime, "20CB8AB7AE10C14A")]
    public void A_published_vector_comes_out(int length, ulong seed, string expected) =>
        Assert.Equal(expected, new HashSeeds(seed, 0).OfKey(Buffer(length)).ToString("X16", CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("a", "D24EC4F1A98C6E5B")]
    [InlineData("abc", "44BC2CF5AD770999")]
    [InlineData("Nobody inspects the spammish repetition", "FBCEA83C8A378BF1")]
    public void A_known_text_hashes_as_everywhere(string text, string expected) =>
        Assert.Equal(expected, new HashSeeds(1, 0).OfPayload(Encoding.UTF8.GetBytes(text)).ToString("X16", CultureInfo.InvariantCulture));

    [Fact]
    public void Seeds_are_kept_as_text_and_hashes_are_never_0()
    {
        var seeds = HashSeeds.Random();

        Assert.Equal(seeds, HashSeeds.Parse(seeds.ToString()));
        Assert.NotEqual(seeds, HashSeeds.Random());
        Assert.NotEqual(seeds.OfKey("v1"), seeds.OfPayload("v1"u8));
        Assert.Equal(seeds.OfKey("v1"), seeds.OfKey("v1"u8));
        Assert.ThrowsAny<ArgumentException>(() => HashSeeds.Parse("12"));
    }

    private static byte[] Buffer(int length)
    {
        var buffer = new byte[length];
        var state = Prime;
        for (var i = 0; i < length; i++, state *= 11400714785074694797)
            buffer[i] = (byte)(state >> 56);
        return buffer;
    }
}
