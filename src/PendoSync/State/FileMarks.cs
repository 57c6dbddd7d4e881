using System.Globalization;
using System.Text;

namespace PendoSync.State;

/// <summary>Marks as small files in a folder of the user, outside the project and the state.</summary>
/// <param name="folder">The folder; made at the first write.</param>
public sealed class FileMarks(string folder) : IMarkStore
{
    /// <summary>
    /// Where programs of this user keep state: XDG_STATE_HOME, else what the system has for it; null: nothing does.
    /// </summary>
    /// <remarks>https://specifications.freedesktop.org/basedir-spec/latest/</remarks>
    public static FileMarks? OfUser()
    {
        var named = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var states = Path.IsPathFullyQualified(named ?? "") ? named!
            : OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : home.Length > 0 ? Path.Combine(home, ".local", "state") : "";
        return states.Length == 0 ? null : new FileMarks(Path.Combine(states, "pendosync", "marks"));
    }

    /// <inheritdoc/>
    public Task<long?> ReadAsync(string id, CancellationToken ct) => WhenFreeAsync(async () =>
    {
        try
        {
            return MarkIn(await File.ReadAllTextAsync(Path.Combine(folder, id), ct));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }, ct);

    /// <inheritdoc/>
    public Task WriteAsync(string id, long mark, CancellationToken ct) => WhenFreeAsync(async () =>
    {
        OwnFiles.MakeFolder(folder);
        await using var file = OwnFiles.Open(Path.Combine(folder, id), FileShare.None);
        using var reader = new StreamReader(file);
        if (MarkIn(await reader.ReadToEndAsync(ct)) >= mark)
            return true;
        // What a power cut leaves of it is no mark, and a missing one is told.
        file.SetLength(0);
        await file.WriteAsync(Encoding.ASCII.GetBytes(mark.ToString(CultureInfo.InvariantCulture)), ct);
        file.Flush(flushToDisk: true);
        return true;
    }, ct);

    private async Task<T> WhenFreeAsync<T>(Func<Task<T>> work, CancellationToken ct)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return await work();
            }
            catch (IOException e) when (LocalLock.IsHeld(e) && tries < 200)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, ct);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ProblemException(ProblemKind.State, "the marks of states cannot be read or written", folder,
                    "Give this user access to the folder, or name another one with XDG_STATE_HOME.", e);
            }
        }
    }

    private static long? MarkIn(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var mark) ? mark : null;
}
