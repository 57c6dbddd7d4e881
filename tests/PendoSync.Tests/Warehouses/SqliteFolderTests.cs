using Microsoft.Data.Sqlite;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Warehouses;

/// <summary>A database that nobody can read without writing beside it.</summary>
public sealed class SqliteFolderTests
{
    [MountFact]
    public async Task Database_in_WAL_mode_in_a_folder_that_cannot_be_written_is_told_with_its_cure()
    {
        using var folder = new TemporaryFolder();
        Assert.True(Mounts.Memory(folder.Path, "4m"));
        try
        {
            using (var connection = new SqliteConnection($"Data Source={folder.File("w.db")};Pooling=False"))
            {
                connection.Open();
                using var command = connection.CreateCommand();
                command.CommandText = "pragma journal_mode=wal; create table t(id text); insert into t values('a')";
                command.ExecuteNonQuery();
                // As a program that writes it leaves it: with what was written last in its log.
                File.Copy(folder.File("w.db"), folder.File("busy.db"));
                File.Copy(folder.File("w.db-wal"), folder.File("busy.db-wal"));
            }

            var settings = new Dictionary<string, string> { ["file"] = "busy.db" };
            await using var warehouse = TestWarehouse.Make("sqlite", settings, null, folder.Path);
            Assert.True(Mounts.Run("mount", "-o", "remount,ro", folder.Path));

            var problem = (await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, CancellationToken.None))).Problem;

            Assert.Contains("it is in WAL mode", problem.Message, StringComparison.Ordinal);
            Assert.Contains("journal_mode=delete", problem.Fix, StringComparison.Ordinal);
            // One that nobody writes is read as it stands.
            await using var quiet = TestWarehouse.Make("sqlite", new Dictionary<string, string> { ["file"] = "w.db" }, null, folder.Path);
            await quiet.CheckAsync(null, CancellationToken.None);
        }
        finally
        {
            Mounts.Run("umount", folder.Path);
        }
    }
}
