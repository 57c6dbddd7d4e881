namespace PendoSync.State;

/// <summary>An operating system's lock on a file: free the moment its process ends, however it ends (promise 9, on one machine).</summary>
internal sealed class LocalLock : IDisposable
{
    // ERROR_SHARING_VIOLATION on Windows, EWOULDBLOCK of flock on Linux and macOS.
    private static readonly int[] HeldCodes = [unchecked((int)0x80070020), 11, 35];

    private readonly FileStream _file;

    private LocalLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, or returns null while another process (or another part of this one) holds it.</summary>
    /// <param name="path">The lock's own file, <c>STATE_FILE.NAME.lock</c>; it stays when the lock is given back.</param>
    public static IDisposable? TryTake(string path)
    {
        try
        {
            OwnFiles.MakeFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new LocalLock(OwnFiles.Open(path, FileShare.None));
        }
        catch (IOException e) when (IsHeld(e))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException(ProblemKind.State, "the lock file cannot be opened", path,
                "Give this user write access to the folder.", e);
        }
    }

    /// <summary>True when somebody else holds a file that could not be opened.</summary>
    internal static bool IsHeld(IOException e) => HeldCodes.Contains(e.HResult);

    /// <summary>Gives it back. The file is not deleted: another process may already wait on it.</summary>
    public void Dispose() => _file.Dispose();
}
