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

    [Fact]
    public async Task File_that_cannot_be_read_gives_no_secret_and_says_where()
    {
        Write("KEY=good\nOTHER=\"never closed");

        var thrown = await Assert.ThrowsAsync<ProblemException>(async () => await Secrets().GetAsync("key", refresh: false, default));

        Assert.Equal((ProblemKind.Configuration, ".env:2:7"), (thrown.Problem.Kind, thrown.Problem.Place));
    }

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
