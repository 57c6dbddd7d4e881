using System.Globalization;

namespace PendoSync.Basics;

/// <summary>
/// The culture of every program here. The machine's own would change how numbers and times are written and which letters are the same:
/// it is wanted by nobody, since what is written goes to Pendo, and what is read comes from files and systems.
/// </summary>
public static class InvariantCulture
{
    /// <summary>Makes it that of every thread; the first line of a program.</summary>
    public static void Use()
    {
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
    }
}
