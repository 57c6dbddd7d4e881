using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Operations;

namespace PendoSync.Tests.Operations;

public sealed class EnvironmentSecretsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pendosync-test-").FullName;
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);

    [Fact]
    public async Task Variable_goes_before_the_file()
    {
        Write("PENDO_KEY=from-file");
        Assert.Equal("from-file", await Secrets().GetAsync("pendo-key", refresh: false, default));

        _variables["PENDO_KEY"] = "from-variable";
        Assert.Equal("from-variable", await Secrets().GetAsync("pendo-key", refresh: false, default));
    }

    [Fact]
    public async Task File_is_read_again_on_refresh_only()
    {
        Write("KEY=old");
        var secrets = Secrets();
        Assert.Equal("old", await secrets.GetAsync("key", refresh: false, default));

        Write("KEY=new");
        Assert.Equal("old", await secrets.GetAsync("key", refresh: false, default));
        Assert.Equal("new", await secrets.GetAsync("key", refresh: true, default));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("PENDO_KEY=")]
    public async Task Missing_secret_names_both_places(string? file)
    {
        if (file is not null)
            Write(file);

        var thrown = await Assert.ThrowsAsync<ProblemException>(async () => await Secrets().GetAsync("pendo-key", refresh: false, default));

        Assert.Equal((ProblemKind.Configuration, "the secret 'pendo-key' is missing"), (thrown.Problem.Kind, thrown.Problem.Message));
        Assert.Contains("environment variable PENDO_KEY", thrown.Problem.Fix, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_folder, ".env"), thrown.Problem.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A=b", "b")]
    [InlineData("  export A = b  ", "b")]
    [InlineData("A=\"b # c\"", "b # c")]
    [InlineData("A='b\"c'", "b\"c")]
    [InlineData("A=b # comment", "b")]
    [InlineData("A=b#c", "b#c")]
    [InlineData("A=x=y==", "x=y==")]
    [InlineData("A=\"one\\ntwo\"", "one\ntwo")]
    [InlineData("A=1\r\nA=2\r\n", "2")]
    [InlineData("# A=1\nnonsense\n=5\nA=3", "3")]
    [InlineData("A=\"", "\"")]
    public void Lines_of_the_file(string text, string value) => Assert.Equal(value, DotEnv.Parse(text)["A"]);

    [Fact]
    public async Task Value_that_looks_like_a_reference_is_a_value()
    {
        Write("A='${secret:b}'\nB=other");

        Assert.Equal("x${secret:b}-other", await new SecretText("x${secret:a}-${secret:b}")
            .ResolveAsync(Secrets(), refresh: false, default));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string text) => File.WriteAllText(Path.Combine(_folder, ".env"), text);

    private EnvironmentSecrets Secrets() => new(_folder, name => _variables.GetValueOrDefault(name));
}
