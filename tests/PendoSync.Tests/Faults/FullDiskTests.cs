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

    private static TableRow Row(int number) => new("p", $"r{number:D4}") { ["b0"] = new byte[20_000] };
}
