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
            [".devcontainer/devcontainer.json", ".env", ".github/workflows/pendosync.yml", ".gitignore", ".vscode/extensions.json",
                ".vscode/settings.json", "README.md", "azure-pipelines.yml", "azure.yaml", "deploy/fetch.ps1", "deploy/fetch.sh",
                "deploy/main.bicepparam", "deploy/plan-comment.jq", "deploy/release.env", "pendosync.yaml",
                "schema/pendosync.schema.json", "schema/sync.schema.json", "syncs/accounts.yaml", "syncs/invoices-paid.yaml",
                "syncs/visitors.yaml"],
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

        foreach (var file in Directory.GetFiles(Path.Combine(_folder, "syncs")).Append(Path.Combine(_folder, "pendosync.yaml")))
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

    [Fact]
    public void It_names_the_release_that_wrote_it_and_what_fetches_it_can_be_started()
    {
        StarterProject.Write(_folder);

        var release = File.ReadAllText(Path.Combine(_folder, "deploy", "release.env"));
        Assert.Contains($"PENDOSYNC_VERSION=${{PENDOSYNC_VERSION:-{ProductVersion.Number}}}", release, StringComparison.Ordinal);
        Assert.Contains(":-https://", release, StringComparison.Ordinal);
        Assert.DoesNotContain("{VERSION}", release, StringComparison.Ordinal);
        Assert.DoesNotContain("{REPOSITORY}", File.ReadAllText(Path.Combine(_folder, "README.md")), StringComparison.Ordinal);
        Assert.True(OperatingSystem.IsWindows()
            || File.GetUnixFileMode(Path.Combine(_folder, "deploy", "fetch.sh")).HasFlag(UnixFileMode.UserExecute));
        foreach (var json in Directory.GetFiles(_folder, "*.json", SearchOption.AllDirectories))
            System.Text.Json.JsonDocument.Parse(File.ReadAllText(json)).Dispose();
    }

    [Fact]
    public void Schemas_of_a_project_are_refreshed_and_of_no_other_folder()
    {
        var thrown = Assert.Throws<ProblemException>(() => DefinitionSchema.WriteTo(_folder));
        Assert.Contains("pendosync init", thrown.Problem.Fix, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        StarterProject.Write(_folder);
        var path = Path.Combine(_folder, "schema", DefinitionSchema.SyncName);
        var current = File.ReadAllText(path);
        File.WriteAllText(path, "old");

        Assert.Equal(["schema/pendosync.schema.json", "schema/sync.schema.json"], DefinitionSchema.WriteTo(_folder));

        Assert.Equal(current, File.ReadAllText(path));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
