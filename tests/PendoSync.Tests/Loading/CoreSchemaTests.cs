using PendoSync.Loading;

namespace PendoSync.Tests.Loading;

public sealed class CoreSchemaTests
{
    [Theory]
    [InlineData("01234")]
    [InlineData("-007")]
    [InlineData("00.5")]
    [InlineData("+4912345")]
    [InlineData("0x1F")]
    [InlineData("0o17")]
    [InlineData("0b101")]
    [InlineData("1_000")]
    [InlineData("12:30:45")]
    [InlineData("12:30")]
    [InlineData("yes")]
    [InlineData("Off")]
    [InlineData("N")]
    public void Text_that_is_another_value_to_some_readers_is_in_doubt(string text) => Assert.NotNull(CoreSchema.Doubt(text));

    [Theory]
    [InlineData("0")]
    [InlineData("0.5")]
    [InlineData("-12")]
    [InlineData("1e3")]
    [InlineData("true")]
    [InlineData("2026-03-01")]
    [InlineData("2026-03-01T12:30:45Z")]
    [InlineData("yesterday")]
    [InlineData("1.2.3")]
    public void Text_that_all_read_alike_is_not(string text) => Assert.Null(CoreSchema.Doubt(text));
}
