using System.Text;
using PendoSync.Batches;

namespace PendoSync.Tests.Batches;

public sealed class SyncRequestFormatTests
{
    [Theory]
    [InlineData(RunMode.Incremental)]
    [InlineData(RunMode.Full)]
    public void A_request_comes_back_as_it_was(RunMode mode)
    {
        var request = new SyncRequest("visitor-health", "visitor-health-1", mode, "http",
            new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

        Assert.Equal(request, SyncRequestFormat.Read(SyncRequestFormat.Write(request)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"sync":"a","run_id":"r","mode":"other","trigger":"http","requested_at":"2026-03-01T12:00:00+00:00"}""")]
    [InlineData("""{"sync":null,"run_id":"r","mode":"full","trigger":"http","requested_at":"2026-03-01T12:00:00+00:00"}""")]
    [InlineData("""{"run_id":"r","mode":"full","trigger":"http","requested_at":"2026-03-01T12:00:00+00:00"}""")]
    public void Anything_else_is_a_FormatException(string body) =>
        Assert.Throws<FormatException>(() => SyncRequestFormat.Read(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void The_body_is_plain_JSON_that_a_person_can_read() =>
        Assert.Equal("""{"sync":"a","run_id":"r","mode":"full","trigger":"cli","requested_at":"2026-03-01T12:00:00+00:00"}""",
            Encoding.UTF8.GetString(
            SyncRequestFormat.Write(new SyncRequest("a", "r", RunMode.Full, "cli",
            new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero)))));
}
