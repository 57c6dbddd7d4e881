using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace PendoSync.State;

/// <summary>The state file: made at the first write, checked before any use, never overwritten when it is not ours.</summary>
internal sealed class SqliteTableFile(string path) : IDisposable
{
    private const int Format = 3;

    // Another process may hold the write lock for one group of entities; 30 s is far more than that takes.
    private const string BusyTimeout = "PRAGMA busy_timeout = 30000";

    private static readonly string[] Schema =
    [
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        $"INSERT INTO meta (name, value) VALUES ('format', {Format})",
        """
        CREATE TABLE entities (id INTEGER PRIMARY KEY, tbl TEXT NOT NULL, partition TEXT NOT NULL, row TEXT NOT NULL,
            version INTEGER NOT NULL, time INTEGER NOT NULL, small TEXT NOT NULL, UNIQUE (tbl, partition, row))
        """,

        // Apart from the entities, so that a query for keys or small columns reads no page of a big binary.
        "CREATE TABLE binaries (entity INTEGER NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY "
            + "(entity, name)) WITHOUT ROWID",
    ];

    // The last one given back is taken first: what a connection holds in memory is good only until another one writes.
    private readonly ConcurrentStack<SqliteTableSession> _idle = [];
    private static readonly Lock _making = new();
    private volatile bool _closed, _opened;

    /// <summary>The file.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>A session for reading, or null while nothing was ever written: reading makes no file (promise 10).</summary>
    public SqliteTableSession? TakeForReading()
    {
        EnsureThere();
        if (_idle.TryPop(out var session))
            return session;
        if (!File.Exists(Path) || new FileInfo(Path).Length == 0)
            return null;
        try
        {
            return Open(Path, create: false);
        }
        catch (ProblemException e) when (SqliteReadOnly.SourceOf(Path, e.InnerException) is { } source)
        {
            return Open(source, create: false);
        }
    }

    /// <summary>A session for writing; makes folders, file and tables.</summary>
    public SqliteTableSession TakeForWriting()
    {
        EnsureThere();
        return _idle.TryPop(out var session) ? session : Open(Path, create: true)!;
    }

    /// <summary>
    /// Throws when the file was there and is no longer, since what is open would go on writing into a file that has no name any more; and
    /// when a folder stands in its place.
    /// </summary>
    public void EnsureThere()
    {
        if (_opened && !File.Exists(Path))
            throw SqliteProblems.Gone(Path);
        if (!_opened && Directory.Exists(Path))
            throw SqliteProblems.Folder(Path);
    }

    /// <summary>Gives a session back.</summary>
    public void Return(SqliteTableSession session)
    {
        if (_closed)
            session.Dispose();
        else
            _idle.Push(session);
    }

    public void Dispose()
    {
        _closed = true;
        while (_idle.TryPop(out var session))
            session.Dispose();
    }

    private SqliteTableSession? Open(string source, bool create)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (create)
            MakeFile();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = source,
            Mode = create ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite,
            Pooling = false,
        }.ToString());
        var session = new SqliteTableSession(connection);
        try
        {
            connection.Open();
            session.Execute(BusyTimeout);
            if (!IsReady(session) && !create)
            {
                session.Dispose();
                return null;
            }

            CreateTables(session);
            _opened = true;
            return session;
        }
        catch (Exception e)
        {
            session.Dispose();
            if (e is SqliteException problem)
                throw SqliteProblems.From(problem, Path);
            throw;
        }
    }

    private void CreateTables(SqliteTableSession session)
    {
        if (IsReady(session))
            return;
        session.Execute("PRAGMA journal_mode = WAL");
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            // Another process may have made them meanwhile.
            if (!IsReady(session))
            {
                foreach (var sql in Schema)
                    session.Execute(sql);
            }

            session.Execute("COMMIT");
        }
        catch
        {
            session.RollBack();
            throw;
        }
    }

    /// <summary>True: ours and readable. False: empty. Anything else is a problem.</summary>
    private bool IsReady(SqliteTableSession session)
    {
        if (session.Scalar("SELECT count(*) FROM sqlite_schema") == 0)
            return false;
        if (session.Scalar("SELECT count(*) FROM sqlite_schema WHERE name IN ('meta', 'entities', 'binaries')") != 3)
            throw SqliteProblems.Unreadable(Path);
        var format = session.Scalar("SELECT coalesce(max(value), 0) FROM meta WHERE name = 'format'");
        return format switch
        {
            Format => true,
            > Format => throw SqliteProblems.Newer(Path, format, Format),
            > 0 => throw SqliteProblems.Older(Path, format, Format),
            _ => throw SqliteProblems.Unreadable(Path),
        };
    }

    private void MakeFile()
    {
        try
        {
            // To close a file takes away every lock that the process has on it, so nobody may open it meanwhile
            // (sqlite.org/howtocorrupt.html).
            lock (_making)
            {
                if (File.Exists(Path))
                    return;
                OwnFiles.MakeFolder(System.IO.Path.GetDirectoryName(Path)!);
                // SQLite gives the files beside it the same rights.
                OwnFiles.Open(Path, FileShare.ReadWrite | FileShare.Delete).Dispose();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException(ProblemKind.State, "the state file cannot be made", Path,
                "Give this user write access, or name another file with --state.", e);
        }
    }
}
