using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Loading;

public sealed class DotEnvTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pendosync-test-").FullName;

    [Theory]
    [InlineData("A=b", "b")]
    [InlineData("  export A = b  ", "b")]
    [InlineData("A=\"b # c\"", "b # c")]
    [InlineData("A='b\"c'", "b\"c")]
    [InlineData("A=b # comment", "b")]
    [InlineData("A=b\t# comment", "b")]
    [InlineData("A=b#c", "b#c")]
    [InlineData("A= # comment", "")]
    [InlineData("A=", "")]
    [InlineData("A=''", "")]
    [InlineData("A=x=y==", "x=y==")]
    [InlineData("A=it's", "it's")]
    [InlineData("A=pa$word", "pa$word")]
    [InlineData("A=C:\\new", "C:\\new")]
    [InlineData("A='C:\\new\\'' ", null)]
    [InlineData("A='C:\\new'", "C:\\new")]
    [InlineData("A=\"one\\ntwo\"", "one\ntwo")]
    [InlineData("A=\"{\\\"a\\\":1}\"", "{\"a\":1}")]
    [InlineData("A='abc' # don't share", "abc")]
    [InlineData("A=\"x\" # the \"old\" one", "x")]
    [InlineData("A='x'#comment", "x")]
    [InlineData("A=\"-----BEGIN KEY-----\nMIIE/+==\n-----END KEY-----\"\nB=after", "-----BEGIN KEY-----\nMIIE/+==\n-----END KEY-----")]
    [InlineData("A='one\r\n# two\r\nB=three'\r\n", "one\n# two\nB=three")]
    [InlineData("A=1\r\nA=2\r\n", "2")]
    [InlineData("\uFEFF# first\n\nA=3", "3")]
    [InlineData("A='${B}'", "${B}")]
    public void Value_is_what_dotenv_readers_read(string text, string? value)
    {
        var values = Parse(text, out var problems);

        Assert.Equal(value is null, problems.Count > 0);
        Assert.Equal(value, values.GetValueOrDefault("A"));
    }

    [Theory]
    [InlineData("A=\"never closed\nB=2", 1, 3, "never closed")]
    [InlineData("# x\nA='never closed", 2, 3, "never closed")]
    [InlineData("A=\"x\nB=\"y\"", 2, 4, "begins on line 1, ends before this")]
    [InlineData("A='x' y", 1, 6, "ends before this")]
    [InlineData("A=1\n  nonsense\nB=2", 2, 3, "neither NAME=value nor a comment")]
    [InlineData("A: b", 1, 1, "neither NAME=value nor a comment")]
    [InlineData("=5", 1, 1, "neither NAME=value nor a comment")]
    [InlineData("export =5", 1, 1, "neither NAME=value nor a comment")]
    [InlineData("A B=5", 1, 1, "neither NAME=value nor a comment")]
    [InlineData("A=#b", 1, 3, "a comment or a value")]
    [InlineData("A=`b`", 1, 3, "backtick")]
    [InlineData("A=\"C:\\temp\"", 1, 6, "a backslash stands before n, r or \" only")]
    [InlineData("A='it\\'s'", 1, 6, "for some readers")]
    [InlineData("A=x${B}", 1, 4, "put a variable")]
    [InlineData("A=\"x\n${B}\"", 2, 1, "put a variable")]
    [InlineData("A=1\nB=x\0", 2, 4, "U+0000")]
    public void What_readers_read_differently_is_refused_with_its_place(string text, int line, int column, string message)
    {
        Parse(text, out var problems);

        var problem = problems[0];
        Assert.Equal((".env", line, column), (problem.File, problem.Line, problem.Column));
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(problem.Fix));
    }

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused_with_their_place()
    {
        var problems = new List<DefinitionProblem>();

        DotEnv.Parse([.. "A=1\nCITY=Z"u8, 0xFC, .. "rich\n"u8], problems);

        Assert.Equal(".env:2:7: the file is not UTF-8 text Fix: Save it as UTF-8.", Assert.Single(problems).ToString());
    }

    [Fact]
    public void Project_is_not_loaded_with_half_of_a_file()
    {
        File.WriteAllText(Path.Combine(_folder, ".env"), "GOOD=1\nKEY=\"open");

        var loaded = ProjectLoader.Load(_folder, Projects.NoVariables, WarehouseTypes.All);

        Assert.Null(loaded.Runnable);
        Assert.Equal((".env", 2, 5), (loaded.Problems[0].File, loaded.Problems[0].Line, loaded.Problems[0].Column));
        Assert.DoesNotContain("open", loaded.Problems[0].Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// dotenv-readings.jsonl holds 401 texts, drawn from the marks that have a meaning, as npm's dotenv 18.0.10 and python-dotenv 1.2.2
    /// (without interpolation) read them. Where both agree we read the same, or refuse; where they differ we read as one, or refuse.
    /// </summary>
    [Fact]
    public void Recorded_texts_are_read_as_a_reference_reads_them_or_refused()
    {
        var read = 0;
        foreach (var line in File.ReadLines(Path.Combine(ThisFolder(), "dotenv-readings.jsonl")))
        {
            var recorded = JsonSerializer.Deserialize<Recorded>(line, JsonSerializerOptions.Web)!;
            var values = Parse(recorded.Text, out var problems);
            if (problems.Count > 0)
                continue;
            read++;
            Assert.True(values.Count == recorded.Npm.Count || values.Count == recorded.Python.Count, line);
            foreach (var (name, value) in values)
                Assert.True(recorded.Npm.GetValueOrDefault(name) == value || recorded.Python.GetValueOrDefault(name) == value, line);
        }

        Assert.InRange(read, 100, 401);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IReadOnlyDictionary<string, string> Parse(string text, out List<DefinitionProblem> problems) =>
        DotEnv.Parse(Encoding.UTF8.GetBytes(text), problems = []);

    private static string ThisFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private sealed record Recorded(string Text, Dictionary<string, string> Npm, Dictionary<string, string> Python);
}
