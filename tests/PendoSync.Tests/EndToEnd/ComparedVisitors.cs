using System.Text.Json.Nodes;
using PendoSync.Runs;

namespace PendoSync.Tests.EndToEnd;

/// <summary>Visitors with fields of every type, in a warehouse and in Pendo, read back in small pages.</summary>
internal static class ComparedVisitors
{
    public const string Sync = "visitors";

    public const string Definition = """
        model: visitors
        object: visitor
        behavior: update_or_create
        key: id
        fields: { plan: plan, seats: seats, score: score, paying: paying, renewal: renewal }
        """;

    public static async Task<Installation> StartAsync(int visitors, string more = "")
    {
        var installation = await Installation.StartAsync("visitor:plan:string", "visitor:seats:integer", "visitor:score:float",
            "visitor:paying:boolean", "visitor:renewal:time");
        installation.Options = new EngineOptions
        {
            OnlyOwner = true,
            RetryDelay = TimeSpan.FromMilliseconds(5),
            PollInterval = TimeSpan.FromMilliseconds(20),
            PendoPage = 7,
        };
        installation.Execute("create table visitors (id text, plan text, seats integer, score real, paying integer, renewal text)");
        installation.Execute(
            $"with recursive n(i) as (select 1 union all select i + 1 from n where i < {visitors}) insert into visitors select "
            + "printf('v-%04d', i), case when i % 5 = 0 then null else 'plan \"' || (i % 3) || '\" ß😀' end, i * 1000003, i / 8.0 + 0.1, "
            + "i % 2, case when i % 4 = 0 then null else strftime('%Y-%m-%dT%H:%M:%S', 1700000000 + i * 3600, 'unixepoch') "
            + "|| '.25' || (i % 10) || '+02:00' end from n");
        installation.Sync(Sync, Definition + "\n" + more);
        return installation;
    }

    public static Task SwitchAsync(this Installation installation, params (string Name, JsonNode Value)[] switches) =>
        installation.Simulator.Control.ChangeOptionsAsync(new JsonObject(
            switches.Select(s => KeyValuePair.Create(s.Name, (JsonNode?)s.Value))));

    public static Task SetAsync(this Installation installation, string id, string values) =>
        installation.WriteElsewhereAsync("visitor", $$"""[{"visitorId":"{{id}}","values":{{values}}}]""");

    /// <summary>Records that were sent in bulk calls since the simulator's calls were last counted.</summary>
    public static async Task<int> SentAsync(this Installation installation) =>
        (await installation.Simulator.Control.CallsAsync(10_000)).Where(c => c.Endpoint == "value_bulk").Sum(c => c.Records);
}
