using PendoSync.Definitions;
using PendoSync.Loading;
using PendoSync.Operations;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Loading;

public sealed class StarterProjectTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pendosync-test-").FullName;

    [Fact]
    public void Starter_project_loads_without_a_problem()
    {
        var written = StarterProject.Write(_folder);

        Assert.Equal(
            [".env", ".gitignore", "pendosync.yaml", "schema/pendosync.schema.json", "schema/sync.schema.json", "syncs/accounts.yaml",
                "syncs/invoices-paid.yaml", "syncs/visitors.yaml"],
            written);
        var result = ProjectLoader.Load(_folder, Projects.NoVariables, WarehouseTypes.All);
        Assert.Empty(result.Problems);
        Assert.Equal(["accounts", "invoices-paid", "visitors"], result.Project!.Syncs.Select(s => s.Name));
        Assert.Equal(Path.GetFullPath(_folder), result.Project.Directory);
    }

    [Fact]
    public void Every_file_names_a_schema_that_is_there()
    {
        StarterProject.Write(_folder);

        foreach (var file in Directory.GetFiles(_folder, "*.yaml", SearchOption.AllDirectories))
        {
            var first = File.ReadLines(file).First();
            Assert.StartsWith("# yaml-language-server: $schema=", first, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(file)!, first.Split('=')[1])), first);
        }
    }

    [Theory]
    [InlineData("pendosync.yaml")]
    [InlineData(".env")]
    [InlineData("syncs/visitors.yaml")]
    public void Nothing_is_overwritten(string name)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "mine");

        var thrown = Assert.Throws<ProblemException>(() => StarterProject.Write(_folder));

        Assert.Equal(ProblemKind.Configuration, thrown.Problem.Kind);
        Assert.Contains(name, thrown.Problem.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Secrets_that_the_starter_names_have_a_line_in_its_env()
    {
        StarterProject.Write(_folder);
        var lines = DotEnv.Read(_folder, []);

        foreach (var pendo in ProjectLoader.Load(_folder, Projects.NoVariables, WarehouseTypes.All).Project!.Pendo.Values)
        {
            foreach (var secret in pendo.TrackEventSecrets.Values.Append(pendo.IntegrationKey).SelectMany(s => s.SecretNames))
                Assert.Equal("", lines[EnvironmentSecrets.VariableOf(secret)]);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
