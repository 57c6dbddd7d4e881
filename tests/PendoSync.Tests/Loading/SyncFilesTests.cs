using PendoSync.Loading;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Loading;

public sealed class SyncFilesTests : IDisposable
{
    private readonly DirectoryInfo _project = Directory.CreateTempSubdirectory("pendosync-test-");

    [Fact]
    public void Folders_are_read_too_and_leftovers_are_not()
    {
        foreach (var name in new[] { "s.yaml", "marketing/m.yaml", "marketing/eu/deep.YML" })
            Write(name);
        foreach (var name in new[] { ".hidden.yaml", "._s.yaml", ".git/x.yaml", "s.yaml~", ".s.yaml.swp", "#s.yaml#", "~s.yaml", "~$s.yaml",
            ".DS_Store", "__MACOSX/s.yaml", "s.yaml.bak", "README.md", "q.sql" })
            Write(name);
        Write("lost+found/x.yaml");
        Link("dangling.yaml", "nowhere.yaml");
        Link(".#s.yaml", "me@host.1234");
        Link("itself.yaml", "itself.yaml");
        Link("linked.yaml", "s.yaml");
        Link("marketing/up", "..");

        Assert.Equal(["syncs/dangling.yaml", "syncs/itself.yaml", "syncs/linked.yaml", "syncs/marketing/eu/deep.YML",
                "syncs/marketing/m.yaml", "syncs/s.yaml"],
            new FolderFiles(_project.FullName).SyncFiles());
    }

    [Fact]
    public void What_cannot_be_read_breaks_its_own_sync_with_place_and_fix()
    {
        Directory.CreateDirectory(Path.Combine(_project.FullName, "syncs"));
        File.WriteAllText(Path.Combine(_project.FullName, "pendosync.yaml"), Projects.Connections);
        File.WriteAllText(Path.Combine(_project.FullName, "syncs", "good.yaml"), Projects.Visitors);
        Link("dangling.yaml", "nowhere.yaml");
        Link("itself.yaml", "itself.yaml");
        Link("endless.yaml", "/dev/zero");
        Directory.CreateDirectory(Path.Combine(_project.FullName, "syncs", "folder.yaml"));
        File.WriteAllBytes(Path.Combine(_project.FullName, "syncs", "latin.yaml"), [.. "name: a\nkey: Z"u8, 0xFC, .. "rich"u8]);
        Write("notepad.yaml.txt");
        if (!OperatingSystem.IsWindows())
            Assert.True(Mounts.Run("mkfifo", Path.Combine(_project.FullName, "syncs", "pipe.yaml")));

        var runnable = ProjectLoader.Load(_project.FullName, Projects.NoVariables, Projects.Types).Runnable!;

        Assert.Equal("visitor-health", Assert.Single(runnable.Syncs).Name);
        var broken = runnable.Broken.ToDictionary(b => b.Name, b => Assert.Single(b.Problems).ToString(), StringComparer.Ordinal);
        Assert.Equal(7, broken.Count);
        Assert.Contains("syncs/dangling.yaml:1:1: the file cannot be read: it is a link to 'nowhere.yaml', which is not there or no file",
            broken["dangling"], StringComparison.Ordinal);
        Assert.Contains("syncs/itself.yaml:1:1: the file cannot be read: it is a link", broken["itself"], StringComparison.Ordinal);
        Assert.Contains("it has more than 4,000,000 bytes", broken["endless"], StringComparison.Ordinal);
        Assert.Contains("syncs/folder.yaml:1:1: the file cannot be read: it is a folder", broken["folder"], StringComparison.Ordinal);
        Assert.Contains("syncs/latin.yaml:2:7: the file is not UTF-8 text", broken["latin"], StringComparison.Ordinal);
        Assert.Contains("its name ends in .txt", broken["notepad-yaml"], StringComparison.Ordinal);
        Assert.Contains("it gave nothing within 10 s", broken["pipe"], StringComparison.Ordinal);
        Assert.All(broken.Values, b => Assert.Contains(" Fix: ", b, StringComparison.Ordinal));
    }

    [Fact]
    public void Link_to_nowhere_in_place_of_syncs_is_a_problem()
    {
        File.WriteAllText(Path.Combine(_project.FullName, "pendosync.yaml"), Projects.Connections);
        File.CreateSymbolicLink(Path.Combine(_project.FullName, "syncs"), "gone");

        Assert.StartsWith("syncs:1:1: the file cannot be read: it is a link to 'gone'",
            Assert.Single(ProjectLoader.Load(_project.FullName, Projects.NoVariables, Projects.Types).Problems).ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Env_that_cannot_be_read_is_a_problem_and_a_folder_of_that_name_is_none()
    {
        File.WriteAllText(Path.Combine(_project.FullName, "pendosync.yaml"), Projects.Connections);
        var env = Path.Combine(_project.FullName, ".env");
        Directory.CreateDirectory(env);
        Assert.Empty(ProjectLoader.Load(_project.FullName, Projects.NoVariables, Projects.Types).Problems);
        Directory.Delete(env);
        File.CreateSymbolicLink(env, "gone");

        var problem = Assert.Single(ProjectLoader.Load(_project.FullName, Projects.NoVariables, Projects.Types).Problems);

        Assert.StartsWith(".env:1:1: the file cannot be read: it is a link to 'gone'", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void File_in_memory_is_a_sync_by_the_same_rule()
    {
        var files = new[] { "syncs/a.yaml", "syncs/x/b.yml", "syncs/.c.yaml", "syncs/.git/d.yaml", "syncs/e.yaml~", "other/f.yaml" };

        Assert.Equal(["syncs/a.yaml", "syncs/x/b.yml"],
            new MemoryFiles(files.ToDictionary(f => f, _ => "", StringComparer.Ordinal)).SyncFiles());
    }

    public void Dispose() => _project.Delete(recursive: true);

    private void Write(string name)
    {
        var path = Path.Combine(_project.FullName, "syncs", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "name: x\n");
    }

    private void Link(string name, string target) => File.CreateSymbolicLink(Path.Combine(_project.FullName, "syncs", name), target);
}
