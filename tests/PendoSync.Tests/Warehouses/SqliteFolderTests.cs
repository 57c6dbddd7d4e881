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
            }

            var settings = new Dictionary<string, string> { ["file"] = "w.db" };
            await using var warehouse = TestWarehouse.Make("sqlite", settings, null, folder.Path);
            Assert.True(Mounts.Run("mount", "-o", "remount,ro", folder.Path));

            var problem = (await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, CancellationToken.None))).Problem;

            Assert.Contains("it is in WAL mode", problem.Message, StringComparison.Ordinal);
            Assert.Contains("journal_mode=delete", problem.Fix, StringComparison.Ordinal);
        }
        finally
        {
            Mounts.Run("umount", folder.Path);
        }
    }
}
