namespace PendoSync.Tests.Cli;

/// <summary>A cell that is not what its column is declared as: its rule says what is wrong, to who may see the row with its text.</summary>
public sealed class SqliteCellTests
{
    [Theory]
    [InlineData("timestamp", "'01/02/2026'", "'01/02/2026' is not an instant", "not_a_time")]
    [InlineData("date", "'01.03.2026 10:00'", "'01.03.2026 10:00' is not an instant", "not_a_time")]
    [InlineData("boolean", "'yes'", "'yes' is neither true nor false", "not_a_boolean")]
    [InlineData("boolean", "7", "the value is neither true nor false", "not_a_boolean")]
    [InlineData("date", "'2026-03-01 10:00'", "the value is out of range", "out_of_range")]
    public async Task Check_explain_and_run_say_what_a_text_column_would_be_told(string declared, string literal, string said, string rule)
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1);
        world.Edit("syncs/visitors.yaml", "seats: seats", "since: since\ncreate_fields: true\nlimits: { max_invalid_percent: 100 }");
        world.Execute($"alter table visitors add column since {declared}; update visitors set since = {literal}");

        foreach (var arguments in new string[][] { ["check"], ["explain", "visitors", "v-00001"] })
        {
            var output = (await world.RunAsync(arguments)).Output;
            Assert.Contains($"column 'since': {said}", output, StringComparison.Ordinal);
            Assert.Contains($"({rule})", output, StringComparison.Ordinal);
        }

        (await world.RunAsync("run")).Ended(0);
        Assert.Contains($"({rule})", (await world.RunAsync("problems", "visitors")).Ended(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_of_bytes_is_told_what_an_id_may_be()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1);
        world.Edit("syncs/visitors.yaml", "fields:", "limits: { max_invalid_percent: 100 }\nfields:");
        world.Execute("insert into visitors values (x'04', 'pro', 1)");

        Assert.Contains("invalid: 1 x column 'visitor_id': the id is neither a text, a whole number nor a UUID (not_an_id)",
            (await world.RunAsync("run", "visitors")).Ended(0).Output, StringComparison.Ordinal);
    }
}
