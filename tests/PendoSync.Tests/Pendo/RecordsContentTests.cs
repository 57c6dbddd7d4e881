using System.Text;
using PendoSync.Batches;
using PendoSync.Pendo;

namespace PendoSync.Tests.Pendo;

public sealed class RecordsContentTests
{
    [Theory]
    [InlineData(0, 4, "[{\"a\":1},{},{\"bb\":\"ü\"},7]")]
    [InlineData(0, 1, "[{\"a\":1}]")]
    [InlineData(1, 2, "[{},{\"bb\":\"ü\"}]")]
    [InlineData(3, 1, "[7]")]
    [InlineData(2, 0, "[]")]
    public async Task A_range_of_a_batch_is_a_JSON_array_of_its_exact_bytes(int start, int count, string expected)
    {
        var builder = new BatchBuilder(10, 1000, events: false);
        foreach (var payload in new[] { "{\"a\":1}", "{}", "{\"bb\":\"ü\"}", "7" })
            builder.Add(1, 1, 0, "", Encoding.UTF8.GetBytes(payload), null);
        using var content = new RecordsContent(builder.Take(), start, count);

        Assert.Equal(expected, await content.ReadAsStringAsync());
        Assert.Equal(Encoding.UTF8.GetByteCount(expected), content.Headers.ContentLength);
        Assert.Equal(expected, await content.Again().ReadAsStringAsync());
        Assert.Equal("application/json", content.Headers.ContentType!.MediaType);
    }
}
