using System.Diagnostics;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>A disk that is full: a tiny file system in memory, which only root may mount; elsewhere this shows nothing.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task A_full_disk_is_a_problem_with_a_fix_and_loses_nothing_written_before()
    {
        using var folder = new TemporaryFolder();
        if (!Run("mount", "-t", "tmpfs", "-o", "size=1m", "none", folder.Path))
            return;
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
            Run("umount", folder.Path);
        }
    }

    private static TableRow Row(int number) => new("p", $"r{number:D4}") { ["b0"] = new byte[20_000] };

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
