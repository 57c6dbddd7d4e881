using System.Net.Sockets;

namespace PendoSync.Cli.Serving;

/// <summary>Why a port cannot be listened on.</summary>
internal static class ListenProblem
{
    /// <summary>The problem behind what a web server threw at its start; null when it is another one.</summary>
    /// <param name="thrown">What was thrown.</param>
    /// <param name="where">Host and port.</param>
    public static ProblemException? Of(Exception thrown, string where)
    {
        var cause = thrown;
        while (cause is not (null or SocketException))
            cause = cause.InnerException;
        var fix = (cause as SocketException)?.SocketErrorCode switch
        {
            SocketError.AccessDenied => "This user may not listen there: choose a port from 1024 on with --port.",
            SocketError.AddressNotAvailable => "This machine does not have that address: name one of its own.",
            SocketError.AddressAlreadyInUse => "Another program listens there: choose another port with --port.",
            _ when thrown is IOException => "Another program may listen there: choose another port with --port.",
            _ => null,
        };
        return fix is null ? null : new ProblemException(ProblemKind.Connection, $"cannot listen on {where}", null, fix, thrown);
    }
}
