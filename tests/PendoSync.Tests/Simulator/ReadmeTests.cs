using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using PendoSimulator;
using PendoSimulator.Control;
using PendoSimulator.Faults;

namespace PendoSync.Tests.Simulator;

public sealed class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(ThisFolder(), "../../../src/PendoSimulator/README.md"));

    public static TheoryData<string> Words() => [.. AllWords().Distinct()];

    private static IEnumerable<string> AllWords() =>
    [
        .. typeof(SimulatorOptions).GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name))
            .Except(["port", "integrationKeys", "trackSecrets", "fields"]),
        .. typeof(FaultRule).GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)).Except(["name"]),
        .. Enum.GetNames<FaultAction>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName),
        .. PendoSimulator.Api.Endpoints.All,
    ];

    [Theory]
    [MemberData(nameof(Words))]
    public void Every_switch_fault_and_endpoint_is_documented(string word) =>
        Assert.Matches($@"\b{word}\b", Readme);

    [Theory]
    [InlineData("unknownField", "reject400")]
    [InlineData("unknownField", "per_record_error")]
    [InlineData("typeMismatch", "reject400")]
    [InlineData("errorBodies", "plain_text")]
    [InlineData("null", "type_mismatch")]
    [InlineData("emptyText", "store")]
    [InlineData("repeatedId", "last_wins")]
    [InlineData("existingField", "accept")]
    [InlineData("aggregationOrder", "ignore_case")]
    [InlineData("aggregationTimes", "text")]
    [InlineData("recordTimes", "as_sent")]
    [InlineData("segmentStatus", "update_pending")]
    [InlineData("segmentStatus", "entity_tag")]
    public void Documented_value_is_understood(string option, string value)
    {
        Assert.Contains(value, Readme, StringComparison.Ordinal);
        var options = ControlJson.With(new(), new JsonObject { [option] = value });
        Assert.Equal(value, JsonSerializer.SerializeToNode(options, ControlJson.Options)![option]!.GetValue<string>());
    }

    private static string ThisFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
