using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Data.SqlClient;

namespace PendoSync.Warehouses.Drivers;

/// <summary>
/// Turns errors of SQL Server and the driver into problems. Numbers:
/// https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors;
/// transient ones: https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues
/// </summary>
internal sealed class SqlServerErrors(WarehouseProblems problems)
{
    /// <summary>Wrong user, password or token.</summary>
    public const int LoginFailed = 18456;

    /// <summary>"Database … is not currently available": among others a serverless database that is starting.</summary>
    public const int NotAvailableNow = 40613;

    /// <summary>"The SQL pool is warming up": a Synapse pool that is being resumed.</summary>
    public const int Starting = 42109;

    // Classes from here on end the connection.
    private const byte FatalClass = 20;

    /// <summary>True for numbers that may pass.</summary>
    public static bool IsTransient(int number) =>
        number is NotAvailableNow or Starting or 40197 or 40501 or 40540 or 40143 or 49918 or 49919 or 49920
        or 10928 or 10929 or 4221 or 615 or 926 or 1205 or 1222 or 596 or 6005 or 233 or 64 or 121 or 10053 or 10054 or 10060 or -2;

    /// <summary>What went wrong while connecting.</summary>
    public ProblemException ExplainConnect(Exception error)
    {
        if (Causes.Of<ProblemException>(error) is { } known)
            return known;
        if (error is NotSupportedException)
        {
            return problems.Configuration("the driver does not run without ICU, in globalization-invariant mode",
                "Install ICU (Debian and Ubuntu: libicu-dev, Alpine: icu-libs), and take DOTNET_SYSTEM_GLOBALIZATION_INVARIANT away.",
                error);
        }

        if (Causes.Of<AuthenticationException>(error) is not null || (error is SqlException tls && IsTls(tls.Number)))
        {
            return problems.Connection("the server's certificate is not accepted, or the TLS handshake failed",
                "Set 'server_certificate' to the PEM file of the server's certificate, " +
                "and 'host_name_in_certificate' where its name is not 'host'; for a server without TLS set 'encrypt: false'.", error);
        }

        var number = error is SqlException server ? server.Number : 0;
        return Causes.Of<SocketException>(error) is { } socket && number is not (LoginFailed or 4060) ? ExplainSocket(socket, error)
            : number is 0 or -2 ? problems.Connection("the host does not answer as SQL Server does",
                "Correct 'host', 'port' and 'encrypt', and open the firewall for this machine.", error)
            : Explain(number, error);
    }

    /// <summary>What went wrong while a statement ran or its rows were read.</summary>
    public ProblemException Explain(Exception error) => error switch
    {
        SqlException server when Known(server.Number) || (server.Class < FatalClass && server.Number > 0) => Explain(server.Number, server),
        // A broken connection has the number of the system, which differs between them, or none; or the driver says that it is closed.
        SqlException or IOException or SocketException or InvalidOperationException =>
            problems.Transient("the connection was lost while reading",
            "The read is tried again by itself; if it stays, look at the server's state and the network.", error),
        _ => problems.Configuration("the driver cannot read the result", "Run the model's SQL in the database's own tool to see why.",
            error),
    };

    /// <summary>The problem of a number. Texts of the server are shown only where they hold names and no values.</summary>
    internal ProblemException Explain(int number, Exception error) => number switch
    {
        LoginFailed or 18452 or 18470 or 18486 or 18487 or 18488 =>
            problems.Configuration("the login is refused",
                "Correct 'user' and the secret of 'password'; for entra, create the identity in the database: " +
                "CREATE USER [name] FROM EXTERNAL PROVIDER.", error),
        40615 or 40914 => problems.Connection("the server's firewall refuses this machine",
            "Let its address, or for Azure Functions the subnet, through the server's firewall.", error),
        53 or 11001 or 40532 => problems.Connection("the host is not known",
            "Correct 'host'; for Azure it is the full name, NAME.database.windows.net.", error),
        -1 or 2 or 258 or 1225 or 10061 => problems.Connection("the host refuses the connection or does not answer",
            "Correct 'host' and 'port', and open the firewall for this machine.", error),
        20 or 19 => problems.Connection("the server does not offer TLS, or not this way", "Correct 'encrypt'.", error),
        4060 => problems.Configuration("the database cannot be opened", "Correct 'database', and create a user for this login in it.",
            error),
        42108 => problems.Connection("the SQL pool is paused", "Resume it; nothing does so by itself.", error),
        Starting => problems.Transient("the SQL pool is being resumed", "It is tried again by itself until the pool is up.", error),
        911 or 916 => problems.Configuration(error.Message, "Correct the database in the model's table, or give the user access to it.",
            error),
        208 => problems.Configuration(error.Message, "Correct the model's table; write schema.table.", error),
        207 or 4104 => problems.Configuration(error.Message, "Correct the column in the model's SQL.", error),
        229 or 230 or 262 or 300 => problems.Configuration(error.Message, "Grant it: GRANT SELECT ON SCHEMA::name TO [user].", error),
        102 or 105 or 156 or 1033 => problems.Configuration(error.Message, "Correct the model's SQL; it has to be one SELECT.", error),
        8155 => problems.Configuration(error.Message, "Give every column of the model's SQL a name (AS name).", error),
        8156 => problems.Configuration(error.Message, "Give the columns of the model's SQL names that differ.", error),
        13807 => problems.Configuration("the login may not read the files behind an external table, or they are gone",
            "Give the identity read access to the storage (Storage Blob Data Reader), and correct the external table's location.", error),
        40515 => problems.Configuration("a name refers to another database", "Leave the database out of the model's table.", error),
        _ when IsTransient(number) => problems.Transient($"the server cannot answer now (error {number})",
            "It is tried again by itself; if it stays, look at the server's state.", error),
        // Other texts may quote a value of a row (245: "converting the varchar value 'x'"), and no value is shown (promise 11).
        _ => problems.Configuration($"the query failed with error {number}", "Run the model's SQL in the database's own tool to see why.",
            error),
    };

    private ProblemException ExplainSocket(SocketException socket, Exception error) => socket.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery => Explain(11001, error),
        SocketError.ConnectionReset or SocketError.ConnectionAborted => Explain(10054, error),
        _ => Explain(10061, error),
    };

    private static bool Known(int number) => number is 596 or 6005 || IsTransient(number);

    // Schannel's codes, which the driver keeps on every system: 0x80090325 untrusted root, 0x80090322 wrong name and their kin.
    private static bool IsTls(int number) => number is >= unchecked((int)0x80090300) and <= unchecked((int)0x80090363);
}
