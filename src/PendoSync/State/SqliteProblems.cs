using Microsoft.Data.Sqlite;

namespace PendoSync.State;

/// <summary>Turns what SQLite reports about the state file into a problem with a fix.</summary>
internal static class SqliteProblems
{
    // Primary result codes, https://sqlite.org/rescode.html
    private const int Permission = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    private const string Restoring = "put a backup in its place: that is noticed, values are sent once more, and events ask first which of "
        + "them were sent (pendosync doubt). Without one " + Anew;

    private const string Anew = "every record is sent once more, events included (`start: now` in a sync remembers those that are there).";

    /// <summary>True while another connection holds the file.</summary>
    public static bool IsBusy(SqliteException e) => e.SqliteErrorCode is Busy or Locked;

    /// <summary>The problem behind an error.</summary>
    public static ProblemException From(SqliteException e, string path) => e.SqliteErrorCode switch
    {
        Busy or Locked => new(ProblemKind.Transient, "the state file is kept busy by another process", path,
            "Try again; if it stays busy, look for a program that holds the file open.", e),
        ReadOnly or Permission => new(ProblemKind.State, "the state file cannot be written", path,
            "Give this user write access to the file and its folder, or name another file with --state.", e),
        Full => new(ProblemKind.State, "the disk of the state file is full", path, "Free some space and run again; nothing was lost.", e),
        CannotOpen => new(ProblemKind.State, "the state file cannot be opened", path,
            "Check that the folder exists and that this user may write to it, or name another file with --state.", e),
        Corrupt or NotADatabase => Unreadable(path, e),
        InputOutput =>
            new(ProblemKind.State, "the disk of the state file reports an error", path,
            "Check the disk and the space on it, then run again.", e),
        _ => new(ProblemKind.State, $"the state file reports error {e.SqliteErrorCode}", path,
            "Run again; if it stays, " + Restoring, e),
    };

    /// <summary>The file holds something that is not our state; it is never overwritten.</summary>
    public static ProblemException Unreadable(string path, Exception? inner = null) =>
        new(ProblemKind.State, "the file is damaged or not a state file of pendosync", path,
            "Move it away and " + Restoring, inner);

    /// <summary>It was there, and is no longer.</summary>
    public static ProblemException Gone(string path) => new(ProblemKind.State,
        "the state file was deleted or moved while it was in use; nothing more is sent", path,
        "Put it back where it was and start again. Without it " + Anew);

    /// <summary>It is no file.</summary>
    public static ProblemException Folder(string path) => new(ProblemKind.State, "the state file cannot be opened: it is a folder", path,
        "Name a file with --state.");

    /// <summary>A newer pendosync wrote the file.</summary>
    public static ProblemException Newer(string path, long format, int known) =>
        new(ProblemKind.State, $"the state file has format {format}, this version knows up to {known}", path,
            "Use the newer version of pendosync.");

    /// <summary>Written by an older version.</summary>
    public static ProblemException Older(string path, long format, int known) =>
        new(ProblemKind.State, $"the state file has format {format}, this version reads {known}", path,
            "Use the version of pendosync that wrote it, or move the file away: the next run then sends every record once more "
            + "(events: `start: now` in the sync remembers those that are there).");
}
