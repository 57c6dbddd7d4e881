using System.Data.Common;
using System.Net.Sockets;

namespace PendoSync.Warehouses;

/// <summary>What is behind an exception.</summary>
internal static class Causes
{
    /// <summary>The exception itself, or the first of its causes, that is of this type.</summary>
    public static T? Of<T>(Exception error)
        where T : Exception
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is T found)
                return found;
        }

        return null;
    }

    /// <summary>True for a fault of the network: also one that a driver lets through as it is.</summary>
    public static bool IsNetwork(Exception error) => Of<IOException>(error) is not null || Of<SocketException>(error) is not null;

    /// <summary>True when somebody had answered, and the connection broke off: not when nobody was there.</summary>
    public static bool IsBreak(Exception error) => Of<SocketException>(error) is { } socket
        ? socket.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown
        : Of<IOException>(error) is not null;

    /// <summary>True for what a driver throws when a connection, a statement or a value fails.</summary>
    public static bool IsDriver(Exception error) =>
        error is DbException or IOException or SocketException or InvalidOperationException or ArgumentException;
}
