using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using PendoSync.Tests.Worlds;
using PendoSync.Values;

namespace PendoSync.Tests.Values;

public sealed class JsonBufferTests
{
    public static TheoryData<double> EdgesOfDoubles => new(
        0, -0.0, 0.0001, 0.00009999999999999999, 0.00010000000000000002, 1e15, 999999999999999.9, 999999999999999, 0.1, 0.2,
            0.30000000000000004, 0.5, 1.5, 100.25,
        1 / 3.0, 2 / 3.0, 1 / 7.0, 123456789012345.67, 9007199254740991, 4503599627370497.5, 562949953421311.9, 5e-324, double.MaxValue,
            1e22, 1e-5, 9.5367431640625E-07, 0.000244140625);

    [Theory]
    [MemberData(nameof(EdgesOfDoubles))]
    public void A_double_is_written_as_dotnet_does(double value)
    {
        Assert.Equal(value.ToString("R", CultureInfo.InvariantCulture), Number(value));
        Assert.Equal((-value).ToString("R", CultureInfo.InvariantCulture), Number(-value));
    }

    [Fact]
    public void Any_double_is_written_as_dotnet_does()
    {
        var random = new Random(20261122);
        var cases = Full.Count(2_000_000);
        for (var i = 0; i < cases; i++)
        {
            var value = (i % 5) switch
            {
                0 => BitConverter.Int64BitsToDouble(random.NextInt64()),
                1 => random.NextDouble() * Math.Pow(10, random.Next(-6, 17)),
                2 => random.Next(1_000_000) / Math.Pow(10, random.Next(8)),
                3 => random.Next(1_000_000) / (double)random.Next(1, 1000),
                // Powers of two and their neighbours: below a power the neighbour is nearer.
                _ => BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(Math.Pow(2, random.Next(-15, 52))) + random.Next(-2, 3)),
            };
            if (double.IsFinite(value))
                Assert.Equal(value.ToString("R", CultureInfo.InvariantCulture), Number(value));
        }
    }

    [Fact]
    public void Any_time_is_written_as_dotnet_does() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).Two()
            .Select(p => new DateTime((long)(p.Item1 / (double)int.MaxValue * (DateTime.MaxValue.Ticks - 10_000_000))
            + (p.Item2 % 10_000_000), DateTimeKind.Utc)).ToArbitrary(),
            time => Assert.Equal($"\"{time.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture)}Z\"",
                Written(json => json.Time(time)))).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("0001-01-01T00:00:00")]
    [InlineData("0999-12-31T23:59:59.0000001")]
    [InlineData("9999-12-31T23:59:59.9999999")]
    [InlineData("2024-02-29T12:00:00.1")]
    public void Times_at_the_edges_are_written_whole(string text)
    {
        var time = DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

        Assert.Equal($"\"{text}Z\"", Written(json => json.Time(time)));
    }

    [Fact]
    public void Text_of_every_length_with_every_byte_anywhere_reads_back_equal()
    {
        for (var length = 0; length <= 40; length++)
        {
            for (var at = 0; at < length; at++)
            {
                for (var value = 0; value < 128; value++)
                {
                    var text = new string('x', at) + (char)value + new string(' ', length - at - 1);
                    var json = Written(j => Assert.True(j.String(Encoding.UTF8.GetBytes(text))));
                    Assert.Equal(text, JsonSerializer.Deserialize<string>(json));
                    Assert.Equal(json, Written(j => Assert.True(j.String(text))));
                }
            }
        }
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_wherever_they_stand()
    {
        for (var length = 1; length <= 40; length++)
        {
            for (var at = 0; at < length; at++)
            {
                var bytes = Enumerable.Repeat((byte)'x', length).ToArray();
                bytes[at] = 0xC3;
                Assert.False(new JsonBuffer().String(bytes));
            }
        }
    }

    private static string Number(double value) => Written(json => json.Number(value));

    private static string Written(Action<JsonBuffer> write)
    {
        var json = new JsonBuffer();
        write(json);
        return Encoding.UTF8.GetString(json.Written);
    }
}
