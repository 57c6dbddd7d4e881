using System.Diagnostics;
using PendoSync.Loading;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Loading;

/// <summary>Whatever lies in syncs/, each file that find lists is a sync, good or failing, and nothing else is.</summary>
public sealed class FileTreeTests
{
    private static readonly string[] Folders = ["a", "B c", ".git", "x~", "__MACOSX", "é", "s.yml.d", "#recycle", "lost+found"];

    private static readonly string[] Files =
    [
        "s.yaml", "t.YML", ".h.yaml", "~u.yaml", "v.yaml~", "w.yaml.bak", "#x.yaml#", "y z.yaml", "é.yaml", "z.yaml.txt", "README.md",
        ".yaml", "q.sql", "k.yaml.swp", "._s.yaml", "n.yam",
    ];

    [FindFact]
    public void Tree_of_any_shape_is_listed_as_find_lists_it_and_the_good_ones_run()
    {
        var random = new Random(17);
        for (var round = 0; round < 60; round++)
        {
            using var project = new TemporaryFolder();
            File.WriteAllText(project.File("pendosync.yaml"), Projects.Connections);
            var good = 0;
            Fill(Directory.CreateDirectory(project.File("syncs")).FullName, 0, random, ref good);

            var listed = new FolderFiles(project.Path).SyncFiles();
            var runnable = ProjectLoader.Load(project.Path, Projects.NoVariables, Projects.Types).Runnable!;

            Assert.Equal(Find(project.Path), listed);
            Assert.Equal(listed.Count, runnable.Names.Distinct(StringComparer.Ordinal).Count());
            Assert.All(runnable.Broken, b => Assert.All(b.Problems, p =>
                Assert.True(listed.Contains(p.File, StringComparer.Ordinal) && p is { Line: >= 1, Column: >= 1, Fix: not null }, $"{p}")));
            Assert.True(runnable.Syncs.All(s => s.Name.StartsWith("good-", StringComparison.Ordinal)));
            Assert.InRange(runnable.Syncs.Count, 0, good);
        }
    }

    private static void Fill(string folder, int depth, Random random, ref int good)
    {
        for (var i = random.Next(5); i > 0; i--)
        {
            var file = Path.Combine(folder, Files[random.Next(Files.Length)]);
            if (Path.Exists(file))
                continue;
            switch (random.Next(6))
            {
                case 0:
                    File.WriteAllBytes(file, [0xFF, 0xFE, 0x00, (byte)random.Next(256)]);
                    break;
                case 1:
                    File.WriteAllText(file, "");
                    break;
                case 2 when !file.EndsWith(".txt", StringComparison.Ordinal):
                    File.CreateSymbolicLink(file, "/dev/null");
                    break;
                default:
                    good++;
                    File.WriteAllText(file, Projects.Visitors.Replace("visitor-health\n", $"good-{good}\n", StringComparison.Ordinal)
                        .Replace("  plan:", $"  plan_{good}:", StringComparison.Ordinal)
                        .Replace("  seats:", $"  seats_{good}:", StringComparison.Ordinal)
                        .Replace("loaded_by:", $"loaded_by_{good}:", StringComparison.Ordinal));
                    break;
            }
        }

        for (var i = depth < 3 ? random.Next(3) : 0; i > 0; i--)
            Fill(Directory.CreateDirectory(Path.Combine(folder, Folders[random.Next(Folders.Length)])).FullName, depth + 1, random,
                ref good);
    }

    private static List<string> Find(string project)
    {
        string[] leftovers = ["-name", ".*", "-o", "-name", "~*", "-o", "-name", "#*", "-o", "-name", "*~", "-o", "-name", "*#", "-o",
            "-name", "__MACOSX", "-o", "-name", "lost+found"];
        string[] meant = ["-iname", "*.yaml", "-o", "-iname", "*.yml", "-o", "-iname", "*.yaml.txt"];
        using var find = Process.Start(new ProcessStartInfo(FindFactAttribute.Program,
            ["-L", "syncs", "(", .. leftovers, ")", "-prune", "-o", "!", "-type", "d", "(", .. meant, ")", "-print"])
        { WorkingDirectory = project, RedirectStandardOutput = true, UseShellExecute = false })!;
        var lines = find.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        find.WaitForExit();
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class FindFactAttribute : FactAttribute
    {
        public const string Program = "/usr/bin/find";

        public FindFactAttribute() => Skip = File.Exists(Program) ? null : "needs find: install findutils";
    }
}
