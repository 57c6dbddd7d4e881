using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PendoSimulator.Faults;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

public sealed class CompareTests
{
    [Fact]
    public async Task Compare_tells_by_its_exit_code_and_writes_nothing_and_adopt_takes_what_is_there()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 30, events: 1);
        (await world.RunAsync("run")).Ended(0);
        var (files, writes) = (Fingerprint(world.Folder), await WritesAsync(world));
        await world.Pendo.Control.AddFaultsAsync(new FaultRule { Endpoint = "aggregation", Status = 429, Times = 1 });
        var equal = Only((await world.RunAsync("compare", "visitors", "--json")).Ended(0));
        Assert.Equal((30, 30, 0, 0, 0), (Number(equal, "in_both"), Number(equal, "equal"), Number(equal, "different"),
            Number(equal, "only_warehouse"), Number(equal, "only_pendo")));
        Assert.Equal(files, Fingerprint(world.Folder));
        Assert.Equal(writes, await WritesAsync(world));

        await SetAsync(world, """[{"visitorId":"v-00007","values":{"plan":"theirs"}}]""");
        var compared = (await world.RunAsync("compare")).Ended(1);
        Assert.Contains("29 of 30 records are equal", compared.Output, StringComparison.Ordinal);
        Assert.Contains("plan: \"theirs\" -> \"pro\"", compared.Output, StringComparison.Ordinal);
        Assert.Contains("it leaves 1", compared.Output, StringComparison.Ordinal);
        var sample = Only((await world.RunAsync("compare", "visitors", "--json")).Ended(1)).GetProperty("sample")[0];
        Assert.Equal(("v-00007", "plan", "pro", "theirs"), (sample.GetProperty("key").GetString(), sample.GetProperty("field").GetString(),
            sample.GetProperty("warehouse").GetString(), sample.GetProperty("pendo").GetString()));

        (await world.RunAsync("compare", "events")).Ended(2);
        (await world.RunAsync("compare", "vistors")).Ended(2);
        var adopted = Only((await world.RunAsync("adopt", "visitors", "--json", "--state", Path.Combine(world.Folder, "new.db"))).Ended(0));
        Assert.Equal((30, 29, 1, 0, 0), (Number(adopted, "read"), Number(adopted, "equal"), Number(adopted, "different"),
            Number(adopted, "only_warehouse"), Number(adopted, "only_pendo")));
        var run = (await world.RunAsync("run", "visitors", "--json", "--state", Path.Combine(world.Folder, "new.db"))).Ended(0).Run;
        Assert.Equal((29, 1), (Number(run, "unchanged"), Number(run, "accepted")));
    }

    [Theory]
    [InlineData("compare")]
    [InlineData("adopt")]
    public async Task Project_that_does_not_load_is_an_answer_in_JSON(string verb)
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1, events: 1);
        await File.AppendAllTextAsync(Path.Combine(world.Folder, "pendosync.yaml"), "nonsense: true\n");
        var one = Only((await world.RunAsync(verb, "visitors", "--json")).Ended(2));
        Assert.Equal(("visitors", "configuration"), (one.GetProperty("sync").GetString(),
            one.GetProperty("error").GetProperty("kind").GetString()));
        var all = (await world.RunAsync(verb, "--json")).Ended(2).Json;
        Assert.Equal((0, "configuration"), (all.GetProperty("syncs").GetArrayLength(),
            all.GetProperty("error").GetProperty("kind").GetString()));
    }

    private static JsonElement Only(CliResult result) => Assert.Single(result.Json.GetProperty("syncs").EnumerateArray());

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static async Task SetAsync(CliWorld world, string body)
    {
        using var http = new HttpClient { BaseAddress = world.Pendo.BaseAddress };
        http.DefaultRequestHeaders.Add("x-pendo-integration-key", ProjectFolder.Key);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        Assert.True((await http.PostAsync("/api/v1/metadata/visitor/custom/value", content)).IsSuccessStatusCode);
    }

    private static async Task<int> WritesAsync(CliWorld world) =>
        (await world.Pendo.Control.StateAsync()).Calls.ByEndpoint.Where(c => c.Endpoint is "value_bulk" or "value_write" or "schema_create")
            .Sum(c => c.Count);

    private static List<string> Fingerprint(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => $"{f} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}")];
}
