using System.Runtime.CompilerServices;

namespace PendoSync.Tests.Worlds;

/// <summary>Marks of the tests' states, of the processes they start too, go into a folder that ends with the tests.</summary>
internal static class OwnStateHome
{
    [ModuleInitializer]
    internal static void Set()
    {
        var folder = Directory.CreateTempSubdirectory("pendosync-state-").FullName;
        Environment.SetEnvironmentVariable("XDG_STATE_HOME", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        };
    }
}
