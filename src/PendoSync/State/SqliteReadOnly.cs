using Microsoft.Data.Sqlite;

namespace PendoSync.State;

/// <summary>
/// Reads a SQLite file where nothing can be written, such as a read-only file system: one in WAL mode asks for files beside it.
/// </summary>
internal static class SqliteReadOnly
{
    private const int ReadOnly = 8;
    private const int CannotOpen = 14;

    /// <summary>
    /// The data source that reads a file as it stands, after opening it has failed; null: that would not help, or not be right.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="error">Why it could not be opened.</param>
    public static string? SourceOf(string path, Exception? error) =>
        // What was written last may stand in its log only. Whoever writes it now has one.
        error is SqliteException { SqliteErrorCode: ReadOnly or CannotOpen } && File.Exists(path)
            && !(File.Exists(path + "-wal") && new FileInfo(path + "-wal").Length > 0)
            ? new Uri(path).AbsoluteUri + "?immutable=1" : null;
}
