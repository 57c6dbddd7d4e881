using System.Text;
using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Values;

namespace PendoSync.Tests.Loading;

public sealed class ValidProjectTests
{
    [Theory]
    [InlineData("12.50", "12.50")]
    [InlineData("1e-30", "1E-30")]
    [InlineData("1234567890123456789012345678", "1234567890123456789012345678")]
    [InlineData("18446744073709551615", "18446744073709551615")]
    public void A_constant_that_is_a_number_is_sent_as_it_was_written(string written, string sent)
    {
        var constant =
            Projects.Sync(Projects.Visitors.Replace("constant: warehouse", "constant: " + written,
            StringComparison.Ordinal)).Fields[2].Constant!;
        var json = new JsonBuffer();

        Assert.Null(RowMapper.WriteConstant(json, constant, FieldTarget.Number, TimeZoneInfo.Utc));
        Assert.Equal(sent, Encoding.UTF8.GetString(json.Written));
    }

    [Fact]
    public void Samples_of_the_design_load()
    {
        var result = Projects.Load(null, null, ("syncs/v.yaml", Projects.Visitors), ("syncs/i.yml", Projects.Events),
            ("README.md", "not ours"));

        Assert.Empty(result.Problems);
        Assert.Equal(["invoices-paid", "visitor-health"], result.Project!.Syncs.Select(s => s.Name));
        var visitors = result.Project.Sync("visitor-health");
        Assert.Equal("syncs/v.yaml", visitors.File);
        Assert.Equal(("analytics.visitor_health", PendoObject.Visitor, Behavior.UpdateOrCreate, "visitor_id"),
            (visitors.Model.Table!, visitors.Object, visitors.Behavior, visitors.Key));
        Assert.Equal(
            [
                new FieldMapping("plan") { Column = "plan_name", Line = 9 },
                new FieldMapping("seats") { Column = "seat_count", Type = FieldType.Number, Line = 10 },
                new FieldMapping("loaded_by") { Constant = "warehouse", Line = 11 },
            ],
            visitors.Fields);
        Assert.True(visitors.CreateFields);
        Assert.Equal("0 */15 * * * *", visitors.Schedule!.Cron);
        Assert.Equal(TimeSpan.FromHours(24), visitors.FullEvery);

        var invoices = result.Project.Sync("invoices-paid");
        Assert.Equal(TimeSpan.FromHours(24), invoices.FullEvery);
        Assert.Equal(new ValueSource { Constant = "invoice_paid" }, invoices.Event!.Name);
        Assert.Equal(new ValueSource { Column = "amount_usd" }, invoices.Event.Properties["amount"]);
        Assert.Equal(4, invoices.Event.Context.Count);
        Assert.Equal("paid_at", invoices.Event.Timestamp);
        var pendo = result.Project.Pendo["production"];
        Assert.Equal(new Uri("https://data.pendo.io"), pendo.DataUrl);
        Assert.Equal("${secret:pendo-track-web-app}", pendo.TrackEventSecrets["web-app"].Template);
        Assert.Equal(20, pendo.MaxCallsPerSecond);
    }
}
