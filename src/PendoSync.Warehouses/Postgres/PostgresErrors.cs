using System.Net.Sockets;
using Npgsql;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// Turns errors of PostgreSQL and Npgsql into problems. SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
/// </summary>
internal sealed class PostgresErrors(string connectionName)
{
    private readonly WarehouseProblems _problems = new(connectionName);

    /// <summary>Problems of this connection.</summary>
    public WarehouseProblems Problems => _problems;

    /// <summary>
    /// True when a new attempt may help: a lost connection, a server that starts or stops, too few resources, a serialisation failure.
    /// </summary>
    public static bool IsTransient(Exception? error) => error switch
    {
        ProblemException problem => problem.Problem.Kind == ProblemKind.Transient,
        PostgresException { SqlState: "57014" } => false,
        PostgresException server => server.IsTransient || server.SqlState[..2] is "08" or "53" or "57" or "58"
            || server.SqlState is "40001" or "40P01",
        NpgsqlException driver => driver.IsTransient || driver.InnerException is IOException or TimeoutException or SocketException,
        IOException or TimeoutException or SocketException => true,
        _ => false,
    };

    /// <summary>What went wrong while a query was prepared, run or read.</summary>
    public Exception Explain(Exception error) => error is PostgresException server ? Explain(server)
        : IsTransient(error)
            ? _problems.Transient("the connection was lost while reading",
            "The read is tried again by itself; if it stays, look at the server's log and the network.", error)
        : _problems.Connection("the driver cannot go on reading", "Look at the server's log.", error);

    /// <summary>What went wrong while connecting.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="target">"host:port".</param>
    /// <param name="waited">The time it was given.</param>
    /// <param name="mode">How far the server's certificate is checked.</param>
    /// <param name="certificate">True: the user logs in by a certificate.</param>
    public Exception ExplainConnect(Exception error, string target, TimeSpan waited, SslMode mode, bool certificate) => error switch
    {
        PostgresException server => Explain(server),
        // Npgsql wraps what the password provider throws.
        NpgsqlException { InnerException: ProblemException problem } => problem,
        _ when (error as SocketException ?? error.InnerException as SocketException) is { } socket => ExplainSocket(socket, target),
        NpgsqlException { InnerException: System.Security.Authentication.AuthenticationException } when mode is SslMode.VerifyCA
            or SslMode.VerifyFull =>
            _problems.Connection($"the certificate of {target} is not accepted",
                "Set 'ca_file' to the PEM file of the authority that signed it"
                + (mode == SslMode.VerifyFull ? ", and 'host' to a name that it is made for." : "."), error),
        NpgsqlException { InnerException: System.Security.Authentication.AuthenticationException } =>
            _problems.Connection($"the TLS handshake with {target} failed", "Correct 'ssl_mode', or the TLS settings of the server.",
                error),
        NpgsqlException when error.Message.Contains("SSL", StringComparison.Ordinal) =>
            _problems.Connection($"{target} does not offer TLS",
                "Turn TLS on at the server, or set 'ssl_mode: disable' for a network you trust.", error),
        NpgsqlException when error.Message.Contains("password", StringComparison.OrdinalIgnoreCase) =>
            _problems.Configuration($"{target} asks for a password and none is given",
                "Set 'password' to a secret, as in \"${secret:warehouse-password}\".", error),
        OperationCanceledException or TimeoutException or NpgsqlException { InnerException: TimeoutException } =>
            _problems.Connection($"{target} did not answer within {waited.TotalSeconds:0} s",
                "Correct 'host' and 'port', or open the firewall for this machine.", error),
        // A server that does not know who signed it says nothing else.
        _ when certificate && Causes.IsNetwork(error) => _problems.Connection($"{target} broke the connection off during the login",
            "Set 'client_certificate' to one that an authority of the server's ssl_ca_file signed.", error),
        // Somebody was there: a server that is being restarted, or what stands in between.
        _ when Causes.IsBreak(error) => _problems.Transient($"{target} broke the connection off while it was opened",
            "It is tried again by itself; if it stays, look at the server's log, and correct 'port' if something else listens there.",
            error),
        _ => _problems.Connection($"cannot connect to {target}",
            "Correct 'host' and 'port', and see that the server runs and can be reached.", error),
    };

    private ProblemException ExplainSocket(SocketException error, string target) => error.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery =>
            _problems.Connection($"the host of {target} is not known", "Correct 'host', or make its name resolvable from here.", error),
        SocketError.ConnectionRefused =>
            _problems.Connection($"{target} refuses the connection",
                "Correct 'host' and 'port', and see that the server runs and listens there.", error),
        SocketError.TimedOut =>
            _problems.Connection($"{target} did not answer in time", "Correct 'host' and 'port', or open the firewall for this machine.",
                error),
        var code => _problems.Connection($"cannot reach {target} ({code})",
            "Correct 'host' and 'port', and see that the network lets this machine through.", error),
    };

    private ProblemException Explain(PostgresException error) => error.SqlState switch
    {
        "28P01" or "28000" =>
            _problems.Configuration($"the login is refused: {error.MessageText}",
            "Correct 'user' and the secret of 'password', and see that the server lets this user in from here.", error),
        "3D000" => _problems.Configuration(error.MessageText, "Correct 'database'.", error),
        // The server's text is in its language; the name of its function is not.
        "42501" when error.Routine == "check_enable_rls" => _problems.Configuration(error.MessageText,
            "Let the user see its rows only (ALTER ROLE … SET row_security = on), or give it BYPASSRLS to see all.", error),
        "42501" => _problems.Configuration(error.MessageText, "Grant the user what it lacks: USAGE on the schema, SELECT on the table, "
            + "EXECUTE on a function.", error),
        "42P01" => _problems.Configuration(error.MessageText,
            "Correct the model's table; write schema.table, and quote a part that has capital letters.", error),
        "3F000" => _problems.Configuration(error.MessageText, "Correct the schema in the model's table.", error),
        "42703" => _problems.Configuration(error.MessageText, "Correct the column in the model's SQL.", error),
        "0A000" => _problems.Configuration(error.MessageText,
            "A name of three parts must start with the connected database; for anything else correct the model's SQL.", error),
        "25006" => _problems.Configuration("the model's SQL tries to write", "Use a SELECT; PendoSync reads in a read-only transaction.",
            error),
        "57014" => _problems.Transient("the server cancelled the query", "Raise statement_timeout for this user, or make the query faster.",
            error),
        var state when IsTransient(error) =>
            _problems.Transient($"the server cannot answer now (SQLSTATE {state})",
            "It is tried again by itself; if it stays, look at the server's log.", error),
        var state when state.StartsWith("42", StringComparison.Ordinal) =>
            _problems.Configuration(error.MessageText, "Correct the model's SQL.", error),
        // Texts of other classes may quote the value of a row, and no value of a person is shown (promise 11).
        var state => _problems.Configuration($"the query failed with SQLSTATE {state}",
            "Run the model's SQL in psql to see the value that breaks it.", error),
    };
}
