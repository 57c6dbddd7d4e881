using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>A disk that is full: a tiny file system in memory.</summary>
public sealed class FullDiskTests
{
    [MountFact]
    public async Task A_full_disk_is_a_problem_with_a_fix_and_loses_nothing_written_before()
    {
        using var folder = new TemporaryFolder();
        Assert.True(Mounts.Memory(folder.Path, "1m"));
        try
        {
            var written = 0;
            ProblemException? full = null;
            await using (var store = new SqliteTableStore(folder.File("state.db"), TimeProvider.System))
            {
                while (full is null && written < 1000)
                {
                    try
                    {
                        await store.UpsertAsync(Tables.Receipts, Row(written), CancellationToken.None);
                        written++;
                    }
                    catch (ProblemException e)
                    {
                        full = e;
                    }
                }

                Assert.Equal(ProblemKind.State, full?.Problem.Kind);
                Assert.Contains("full", full!.Problem.Message, StringComparison.Ordinal);
                Assert.NotNull(full.Problem.Fix);
                Assert.NotNull((await store.GetAsync(Tables.Receipts, "p", $"r{written - 1:D4}", CancellationToken.None)).Value);
            }

            await using var again = new SqliteTableStore(folder.File("state.db"), TimeProvider.System);
            var kept = 0;
            await foreach (var _ in again.QueryAsync(Tables.Receipts, "p", RowRange.All, [], CancellationToken.None))
                kept++;
            Assert.Equal(written, kept);
        }
        finally
        {
            Mounts.Run("umount", folder.Path);
        }
    }

    [MountFact]
    public async Task A_disk_that_gets_full_while_the_tables_are_made_is_called_full()
    {
        using var folder = new TemporaryFolder();
        Assert.True(Mounts.Memory(folder.Path, "1m"));
        try
        {
            // Each page more lets it come one step further, up to where everything fits.
            var said = new List<string>();
            for (var pages = 1; ; pages++)
            {
                Fill(folder.File("filler"), pages);
                var problem = await FirstWriteAsync(folder.File("state.db"));
                foreach (var file in Directory.EnumerateFiles(folder.Path))
                    File.Delete(file);
                if (problem is null)
                    break;
                said.Add($"{pages} free pages: {problem.Message}");
            }

            // SQLite's file of shared memory has no word of its own for a full disk.
            Assert.All(said, s =>
                Assert.True(s.EndsWith("is full", StringComparison.Ordinal) || s.EndsWith("reports an error", StringComparison.Ordinal),
                s));
            Assert.Contains(said, s => s.EndsWith("is full", StringComparison.Ordinal));
        }
        finally
        {
            Mounts.Run("umount", folder.Path);
        }
    }

    private static async Task<Problem?> FirstWriteAsync(string file)
    {
        await using var store = new SqliteTableStore(file, TimeProvider.System);
        try
        {
            await store.UpsertAsync(Tables.Receipts, new TableRow("p", "r"), CancellationToken.None);
            return null;
        }
        catch (ProblemException e)
        {
            return e.Problem;
        }
    }

    // Takes the whole disk but a few pages of 4 KiB.
    private static void Fill(string path, int pages)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var page = new byte[4096];
        try
        {
            while (true)
                file.Write(page);
        }
        catch (IOException)
        {
            file.SetLength(file.Length - (pages * (long)page.Length));
        }
    }

    private static TableRow Row(int number) => new("p", $"r{number:D4}") { ["b0"] = new byte[20_000] };
}
