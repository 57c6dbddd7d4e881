using PendoSync.Cli;
using PendoSync.Cli.Output;
using PendoSync.Planning;
using PendoSync.Reports;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

/// <summary>What people read while both sides are read, and afterwards.</summary>
public sealed class ComparisonTextTests
{
    [Fact]
    public async Task Progress_is_said_on_stderr_every_two_seconds_and_names_both_sides()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var found = await ComparisonText.WatchAsync(new Terminal(output, error), "people", async progress =>
        {
            progress(new ComparisonProgress(5_000, 1_234, 0));
            await Until.HoldsAsync(() => error.ToString().Length > 0);
            return 7;
        });
        Assert.Equal((7, "", "people: 5,000 records of Pendo, 1,234 rows read"), (found, output.ToString(), error.ToString().TrimEnd()));
        Assert.Equal("people: reading Pendo", ComparisonText.Line("people", null));
        Assert.Equal("people: 5,000 records of Pendo, 6,000 rows read, 250 records once more",
            ComparisonText.Line("people", new ComparisonProgress(5_000, 6_000, 250)));
    }

    [Fact]
    public void Adoption_says_what_is_taken_and_what_the_next_run_sends()
    {
        using var output = new StringWriter();
        ComparisonText.Say(new Terminal(output, TextWriter.Null), new SyncAdoption
        {
            Sync = "people",
            Read = 1_300,
            Equal = 1_200,
            Different = 60,
            OnlyWarehouse = 40,
        });
        Assert.Equal("people: 1,200 records are in Pendo as the warehouse has them and are not sent; the next run sends 60 that differ and "
            + "40 that only the warehouse has", output.ToString().TrimEnd());
    }
}
