using System.Diagnostics;
using System.Text;
using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Loading;

/// <summary>Whatever stands in the files, loading gives a project or problems with places: no exception, no hang.</summary>
public sealed class FuzzTests
{
    private const int Seed = 20_260_301;

    private static readonly string[] Shards =
    [
        ":", "-", "{", "}", "[", "]", "\"", "'", "|", ">", "&a ", "*a", "!!str ", "? ", "#", "\n", "\n\t", "  ", "\r", "%YAML 1.2\n",
            "---\n", "...\n", "~", "null", "true", "0x1F", "1e999", "-.inf", ".nan",
        "${env:X}", "${secret:x}", "${", "*", "\"*\"", "<<: ", "\\u0000", "\"\\U0010FFFF\"", "\0", "\uFEFF", "\uD800", "é", "\u2028",
            "9999999999999999999999", "name", "fields", "after", "exclude", "*/0 * * * * *",
    ];

    [Fact]
    public void Mutated_files_never_throw_and_every_problem_has_a_place()
    {
        var cases = Full.Count(100_000);
        var random = new Random(Seed);
        var (loaded, slowest) = (0, TimeSpan.Zero);
        for (var i = 0; i < cases; i++)
        {
            var files = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["pendosync.yaml"] = random.Next(3) == 0 ? Mutate(EveryKeyTests.Connections, random) : EveryKeyTests.Connections,
                ["syncs/a.yaml"] = Mutate(EveryKeyTests.Records, random),
                ["syncs/b.yaml"] = Mutate(EveryKeyTests.Events, random),
            };
            var started = Stopwatch.GetTimestamp();
            var result = Load(files, i);
            var took = Stopwatch.GetElapsedTime(started);
            slowest = took > slowest ? took : slowest;
            loaded += result.Project is null ? 0 : 1;
            Assert.Equal(result.Project is null, result.Problems.Count > 0);
            // Every file is in what can run once, whole or broken.
            Assert.True(result.Runnable is not { } runnable || runnable.Names.Distinct().Count() == 2, $"case {i}");
            Assert.All(result.Problems, p => AssertPlaced(p, files, i));
        }

        Assert.True(slowest < TimeSpan.FromSeconds(30), $"one load took {slowest}");
        // Were nearly all or none refused, the mutations would test nothing.
        Assert.InRange(loaded, cases / 100, cases * 9 / 10);
    }

    private static LoadResult Load(Dictionary<string, string> files, int number)
    {
        try
        {
            return ProjectLoader.Load(files, Projects.NoVariables, Projects.Types);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"case {number} threw; the files were\n{string.Join("\n=====\n", files.Values)}", e);
        }
    }

    private static void AssertPlaced(DefinitionProblem problem, Dictionary<string, string> files, int number)
    {
        Assert.True(files.TryGetValue(problem.File, out var text), $"case {number}: {problem}");
        // YAML also breaks lines at \r, NEL, LS and PS.
        var lines = text.ReplaceLineEndings("\n").Split('\n', '\u0085', '\u2028', '\u2029').Length + 1;
        Assert.True(problem.Line >= 1 && problem.Column >= 1 && problem.Line <= lines && problem.Message.Length > 0,
            $"case {number}: {problem}");
    }

    private static string Mutate(string text, Random random)
    {
        var result = new StringBuilder(text);
        for (var n = random.Next(4); n > 0; n--)
        {
            var at = random.Next(result.Length);
            var length = Math.Min(random.Next(1, 12), result.Length - at);
            switch (random.Next(6))
            {
                case 0:
                    result.Remove(at, length);
                    break;
                case 1:
                    result.Insert(at, Shards[random.Next(Shards.Length)]);
                    break;
                case 2:
                    result.Insert(at, result.ToString(at, length));
                    break;
                case 3:
                    result[at] = (char)random.Next(1, 256);
                    break;
                case 4:
                    var lines = result.ToString().Split('\n');
                    random.Shuffle(lines);
                    result.Clear().AppendJoin('\n', lines);
                    break;
                default:
                    var line = result.ToString().Split('\n')[random.Next(3)];
                    result.Insert(at, line);
                    break;
            }

            if (result.Length == 0)
                result.Append(' ');
        }

        return result.ToString();
    }
}
