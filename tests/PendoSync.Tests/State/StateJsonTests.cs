using System.Text.Json;
using PendoSync.State;

namespace PendoSync.Tests.State;

public sealed class StateJsonTests
{
    [Fact]
    public void What_an_older_program_did_not_write_has_its_default()
    {
        var verified = StateJson.Read<Verified>("""{"at":"2026-01-01T00:00:00Z","rows":3,"equal":2,"drifted":1}""");
        Assert.Empty(verified.ByField);
        Assert.Empty(verified.History);
        var active = StateJson.Read<ActiveRun>("""{"runId":"a-1"}""");
        Assert.Equal((1, "cli", ""), (active.Attempt, active.Trigger, active.DefinitionHash));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("{")]
    public void What_nobody_wrote_is_no_value(string text) => Assert.Throws<JsonException>(() => StateJson.Read<Standing>(text));
}
