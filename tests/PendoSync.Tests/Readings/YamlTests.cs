using System.Globalization;
using System.Text.Json;
using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Tests.Loading;

namespace PendoSync.Tests.Readings;

/// <summary>YAML is read as npm's yaml reads it, or refused with a place.</summary>
public sealed class YamlTests
{
    [Fact]
    public void Documents_are_read_as_the_reference_reads_them_or_refused()
    {
        var read = 0;
        var wrongs = new List<string>();
        foreach (var recorded in Recorded.Of<Document>("yaml-documents.jsonl"))
        {
            var map = Read(recorded.Text, out var problems);
            Assert.All(problems, p => Assert.True(p is { Line: >= 1, Column: >= 1, Message.Length: > 0 }, $"{p}"));
            if (problems.Count > 0)
                continue;
            // The reference wants the lines of a quoted text indented; others, PyYAML among them, do not.
            if (recorded.Wrong == "MISSING_CHAR" && recorded.Text.AsSpan().IndexOfAny('"', '\'') >= 0)
                continue;
            read++;
            if (recorded.Value.ValueKind is not JsonValueKind.Object || !Same(map!, recorded.Value))
                wrongs.Add($"{recorded.Wrong} {recorded.Value}\n{recorded.Text}\n");
        }

        Assert.True(wrongs.Count == 0, string.Join("=====\n", wrongs));

        // So many are valid; a few more are refused on purpose: tags, and what looks like a control character.
        Assert.InRange(read, 300, 346);
    }

    [Fact]
    public void Constants_keep_their_letters_and_are_what_all_readers_take_them_for_or_refused()
    {
        var taken = 0;
        var wrongs = new List<string>();
        foreach (var recorded in Recorded.Of<Scalar>("yaml-scalars.jsonl"))
        {
            var loaded = Projects.LoadSync(Projects.Visitors.Replace("{ constant: warehouse }", "\n    constant: " + recorded.Text,
                StringComparison.Ordinal));
            if (loaded.Project is null)
            {
                Assert.Equal((12, 15), (loaded.Problems[0].Line, loaded.Problems[0].Column));
                continue;
            }

            taken++;
            var constant = loaded.Project.Syncs[0].Fields[2].Constant!;
            // Dates are times to YAML 1.1; their letters are sent, whatever they are called. E1 is no number there either.
            if (!Is(recorded.Core, constant) || !(recorded.Old is null or "other" or "number NaN" || Is(recorded.Old, constant))
                || !string.Equals(CoreSchema.Letters(constant), recorded.Text, StringComparison.OrdinalIgnoreCase))
                wrongs.Add($"{recorded.Text} is {recorded.Core}, was {recorded.Old}, and not {constant}");
        }

        Assert.Empty(wrongs);

        Assert.InRange(taken, 60, 340);
    }

    /// <summary>A tab in place of the blanks before a line is said where it stands, or has no meaning.</summary>
    [Fact]
    public void Tab_is_reported_where_it_stands()
    {
        var reported = 0;
        var wrongs = new List<string>();
        foreach (var text in new[] { EveryKeyTests.Connections, EveryKeyTests.Records, EveryKeyTests.Events, Projects.Visitors })
        {
            var lines = text.Split('\n');
            for (var i = 0; i < lines.Length; i++)
            {
                var bare = lines[i].TrimStart(' ');
                if (bare.Length == lines[i].Length || bare.Length == 0)
                    continue;
                foreach (var blanks in new[] { "", lines[i][..^bare.Length] })
                {
                    var read = Read(string.Join('\n', [.. lines[..i], blanks + "\t" + bare, .. lines[(i + 1)..]]), out var problems);
                    if (problems.Count == 0)
                    {
                        if (Text(read!) != Text(Read(text, out _)!))
                            wrongs.Add($"{i + 1} ({bare}) is read as something else");
                        continue;
                    }

                    reported++;
                    var problem = problems[0];
                    if ((i + 1, blanks.Length + 1) != (problem.Line, problem.Column)
                        || !problem.Message.Contains("tab", StringComparison.Ordinal))
                        wrongs.Add($"{i + 1}:{blanks.Length + 1} ({bare}): {problem}");
                }
            }
        }

        Assert.Empty(wrongs);
        Assert.InRange(reported, 20, 1000);
    }

    private static YamlMap? Read(string text, out List<DefinitionProblem> problems) =>
        YamlReader.Read(text, new FileProblems("a.yaml", problems = []), new EnvironmentReferences(Projects.NoVariables));

    private static string Text(YamlNode node) => node switch
    {
        YamlMap map => $"{{{string.Join(',', map.Entries.Select(e => $"{Text(e.Key)}:{Text(e.Value)}"))}}}",
        YamlList list => $"[{string.Join(',', list.Items.Select(Text))}]",
        YamlScalar scalar => $"'{scalar.Raw}'",
        _ => "",
    };

    private static bool Same(YamlNode node, JsonElement expected) => node switch
    {
        YamlMap map => expected.ValueKind is JsonValueKind.Object && expected.EnumerateObject().Count() == map.Entries.Count
            && map.Entries.All(e => expected.TryGetProperty(e.Key.Raw, out var value) && Same(e.Value, value)),
        YamlList list => expected.ValueKind is JsonValueKind.Array && expected.GetArrayLength() == list.Items.Count
            && list.Items.Zip(expected.EnumerateArray()).All(p => Same(p.First, p.Second)),
        YamlScalar { Value: null } => expected.ValueKind is JsonValueKind.Null,
        YamlScalar { Value: bool flag } => expected.ValueKind == (flag ? JsonValueKind.True : JsonValueKind.False),
        YamlScalar { Value: string text } => expected.ValueKind is JsonValueKind.String && expected.GetString() == text,
        YamlScalar { Value: var number } => expected.ValueKind is JsonValueKind.Number
            && expected.GetDouble() == Convert.ToDouble(number, CultureInfo.InvariantCulture),
        _ => false,
    };

    private static bool Is(string recorded, object value) => recorded.Split(' ', 2) switch
    {
        ["text", var text] => value is string own && own == text,
        ["bool", var flag] => value is bool own && own == (flag == "true"),
        ["number", var number] => value is long or decimal or double
            && Convert.ToDouble(value, CultureInfo.InvariantCulture) == double.Parse(number, CultureInfo.InvariantCulture),
        _ => false,
    };

    private sealed record Document(string Text, JsonElement Value, string? Wrong);

    private sealed record Scalar(string Text, string Core, string? Old);
}
