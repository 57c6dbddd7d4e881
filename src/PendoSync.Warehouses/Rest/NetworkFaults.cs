namespace PendoSync.Warehouses.Rest;

/// <summary>What a fault below HTTP means to the person who has to mend it.</summary>
internal static class NetworkFaults
{
    /// <summary>
    /// True when trying again cannot help, as long as the host was not reached before: a name nobody knows, a certificate nobody trusts,
    /// silence up to the timeout.
    /// </summary>
    public static bool IsFinal(Exception error, bool reached) => !reached && (error is OperationCanceledException
        || error is HttpRequestException
        {
            HttpRequestError: HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError
        });

    /// <summary>The problem, with its fix; nothing of the address is shown, since a link may hold a secret.</summary>
    /// <param name="error">What HttpClient threw.</param>
    /// <param name="address">Where the call went.</param>
    /// <param name="place">The connection.</param>
    /// <param name="reached">True when the host has answered before: then the fault is passing, not a setting.</param>
    public static ProblemException Explain(Exception error, Uri? address, string place, bool reached) => error switch
    {
        _ when Outbound.Explain(error, address) is { } known =>
            new ProblemException(reached ? ProblemKind.Transient : ProblemKind.Connection, known.Message, place, known.Fix, error),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } when !reached =>
            new ProblemException(ProblemKind.Connection,
            "the host name is not known", place, "Check the host, account or endpoint in pendosync.yaml.", error),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } when !reached =>
            new ProblemException(ProblemKind.Connection,
            "the host's TLS certificate was not accepted", place,
            "Check the host or endpoint in pendosync.yaml, or trust its certificate authority on this machine.", error),
        InvalidDataException => new ProblemException(ProblemKind.Transient,
            "an answer cannot be decompressed", place, WarehouseProblems.ChangedAnswer, error),
        // No connection was made, or nothing came within the time; every other fault is of a host that took the call, so that it is there.
        OperationCanceledException
            or HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError
            or HttpRequestError.ProxyTunnelError
        } when !reached =>
            new ProblemException(ProblemKind.Connection, "the host did not answer", place,
                "Check the host or endpoint in pendosync.yaml, the network and its firewall rules.", error),
        _ => new ProblemException(ProblemKind.Transient, "the connection broke off and could not be restored", place, "Run again.", error),
    };
}
