using System.Runtime.Versioning;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Basics;

[UnsupportedOSPlatform("windows")]
public sealed class OwnFilesTests : IDisposable
{
    private const UnixFileMode File600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [UnixFact]
    public void What_is_made_is_for_its_user_alone_and_what_exists_stays()
    {
        var open = (UnixFileMode)Convert.ToInt32("755", 8);
        Directory.CreateDirectory(_folder.File("there"), open);

        OwnFiles.MakeFolder(_folder.File("there/a/b"));
        OwnFiles.Write(_folder.File("there/a/b/.env"), "X=1\n");
        File.WriteAllText(_folder.File("old"), "much longer");
        var before = File.GetUnixFileMode(_folder.File("old"));
        OwnFiles.Write(_folder.File("old"), "new");

        Assert.Equal(open, File.GetUnixFileMode(_folder.File("there")));
        Assert.All(["there/a", "there/a/b"], f => Assert.Equal(File600 | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.File(f))));
        Assert.Equal((File600, "X=1\n"), (File.GetUnixFileMode(_folder.File("there/a/b/.env")),
            File.ReadAllText(_folder.File("there/a/b/.env"))));
        Assert.Equal((before, "new"), (File.GetUnixFileMode(_folder.File("old")), File.ReadAllText(_folder.File("old"))));
    }

    [UnixFact]
    public void A_path_has_one_true_form_through_every_link()
    {
        var root = OwnFiles.Real(_folder.Path);
        Directory.CreateDirectory(_folder.File("real/deep"));
        Directory.CreateSymbolicLink(_folder.File("folder"), "real/deep");
        // What ".." in a link means, only its true folder tells.
        File.CreateSymbolicLink(_folder.File("real/deep/up"), "../state.db");
        File.CreateSymbolicLink(_folder.File("chain"), _folder.File("folder/up"));
        File.CreateSymbolicLink(_folder.File("round"), "round");

        Assert.Equal(Path.Combine(root, "real/state.db"), OwnFiles.Real(_folder.File("folder/up")));
        Assert.Equal(Path.Combine(root, "real/state.db"), OwnFiles.Real(_folder.File("chain")));
        Assert.Equal(Path.Combine(root, "none/x"), OwnFiles.Real(_folder.File("./none/y/../x")));
        Assert.Equal(Path.Combine(root, "round"), OwnFiles.Real(_folder.File("round")));
    }

    [UnixFact]
    public void Inside_a_folder_is_what_leads_there()
    {
        Directory.CreateDirectory(_folder.File("project/sql"));
        File.CreateSymbolicLink(_folder.File("project/out.sql"), "../secret.sql");
        File.CreateSymbolicLink(_folder.File("project/in.sql"), "sql/x.sql");
        Directory.CreateSymbolicLink(_folder.File("link"), "project");

        Assert.All(["project/x.sql", "project/in.sql", "link/sql/x.sql", "project/..x", "project"],
            p => Assert.True(OwnFiles.IsInside(_folder.File("project"), _folder.File(p)), p));
        Assert.All(["project/../x.sql", "project/out.sql", "project2/x", ".."],
            p => Assert.False(OwnFiles.IsInside(_folder.File("link"), _folder.File(p)), p));
    }
}

/// <summary>A fact about rights and links of Unix.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute() => Skip = OperatingSystem.IsWindows() ? "Windows has no such rights" : null;
}
