using PendoSync.Reports;
using PendoSync.State;
using PendoSync.Tests.Operations.Served;
using PendoSync.Web.Page;

namespace PendoSync.Tests.Web.Page;

public sealed class HtmlTests
{
    [Fact]
    public void Every_value_is_encoded_and_only_html_is_not()
    {
        const string Value = "<script>\"'&";
        Assert.Equal("<b title=\"&lt;script&gt;&quot;&#x27;&amp;\">&lt;script&gt;&quot;&#x27;&amp;</b>",
            Html.Of($"<b title=\"{Value}\">{Value}</b>").ToString());
        Assert.Equal("<p><i>1</i></p>", Html.Of($"<p>{Html.Of($"<i>{1}</i>")}</p>").ToString());
    }

    [Fact]
    public void Card_of_drift_says_when_and_how_much_and_by_field_over_time()
    {
        var now = DateTimeOffset.UnixEpoch.AddDays(20);
        var before = new Verified(now.AddDays(-9), "s-1", 200_000, 200_000, 0, Repaired: false).After(null);
        var card = DriftCard.Of((new Verified(now.AddDays(-2), "s-2", 200_000, 199_950, 50, Repaired: true)
        {
            ByField = new Dictionary<string, long>(StringComparer.Ordinal) { ["plan"] = 40, ["<seats>"] = 10 },
        }).After(before), now).ToString();
        Assert.Contains("2 d ago</time>: 199,950 of 200,000 equal, 50 repaired</p>", card, StringComparison.Ordinal);
        Assert.Contains("plan 40, &lt;seats&gt; 10", card, StringComparison.Ordinal);
        Assert.Contains("9 d ago", card, StringComparison.Ordinal);
        Assert.Equal("", DriftCard.Of(null, now).ToString());
    }

    [Fact]
    public void Parts_of_the_bar_add_up_and_name_their_numbers()
    {
        var run = RunReport.Of(new RunRecord
        {
            Sync = "people",
            RunId = "people-1",
            State = RunState.Delivering,
            Counts = new RunCounts { Read = 1000, Invalid = 1, Unchanged = 899, Planned = 100, Accepted = 60, Rejected = 10 },
        }, default);
        var bar = OutcomeBar.Large(run).ToString();
        Assert.Contains("60 accepted, 899 unchanged, 30 sending, 1 invalid, 10 rejected", bar, StringComparison.Ordinal);
        Assert.Contains("1,000 rows read", bar, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_page_has_anything_inline_or_from_elsewhere()
    {
        await using var world = await ServedProject.StartAsync();
        var run = (string)(await world.RunAsync())["run_id"]!;
        foreach (var path in new[] { "status", "status/syncs/people", $"status/runs/{run}",
            "status/syncs/people/problems", "status/runs/none" })
        {
            using var answer = await world.Http.GetAsync("/api/" + path);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            var html = await answer.Content.ReadAsStringAsync();
            Assert.DoesNotMatch("(?i)<script>|<style|style=|\\son[a-z]+=|https?://|javascript:", html);
        }
    }
}
