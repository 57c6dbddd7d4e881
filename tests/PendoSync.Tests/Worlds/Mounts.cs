using System.ComponentModel;
using System.Diagnostics;

namespace PendoSync.Tests.Worlds;

/// <summary>File systems of a test's own, which only root may mount, and not in every container.</summary>
internal static class Mounts
{
    private static readonly Lazy<string?> Trial = new(Try);

    /// <summary>Why nothing can be mounted here; null: it can.</summary>
    public static string? Missing => Trial.Value;

    /// <summary>Runs a program of the system; false if it fails or is not there.</summary>
    public static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process =
                Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    /// <summary>A small file system in memory over a folder.</summary>
    public static bool Memory(string folder, string size) => Run("mount", "-t", "tmpfs", "-o", $"size={size}", "none", folder);

    private static string? Try()
    {
        using var folder = new TemporaryFolder();
        return Memory(folder.Path, "1m") && Run("umount", folder.Path)
            ? null
            : "needs to mount a file system: run as root, in a container with the capability SYS_ADMIN";
    }
}

/// <summary>A fact that mounts a file system; skipped with the reason where that is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute() => Skip = Mounts.Missing;
}

/// <summary>
/// A fact that makes a file read-only. Modes do not bind root, only a read-only mount of the file does; skipped where root may not mount.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyFileFactAttribute : FactAttribute
{
    public ReadOnlyFileFactAttribute() => Skip = ReadOnlyFile.ModesBind ? null : Mounts.Missing;
}

/// <summary>A file that nobody may write, root neither, until this goes away.</summary>
internal sealed class ReadOnlyFile : IDisposable
{
    private readonly string _path;

    public ReadOnlyFile(string path)
    {
        _path = path;
        if (ModesBind)
            File.SetAttributes(path, File.GetAttributes(path) | FileAttributes.ReadOnly);
        else
            Assert.True(Mounts.Run("mount", "--bind", path, path) && Mounts.Run("mount", "-o", "remount,bind,ro", path));
    }

    /// <summary>Whether the read-only mark of a file holds for this user.</summary>
    public static bool ModesBind { get; } = OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess;

    public void Dispose()
    {
        if (ModesBind)
            File.SetAttributes(_path, File.GetAttributes(_path) & ~FileAttributes.ReadOnly);
        else
            Mounts.Run("umount", _path);
    }
}
