using System.Net.Sockets;
using System.Security.Authentication;
using MySqlConnector;

namespace PendoSync.Warehouses.Drivers;

/// <summary>
/// Turns errors of MySQL, MariaDB and the driver into problems. Numbers:
/// https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
/// and https://mariadb.com/kb/en/mariadb-error-code-reference/
/// </summary>
internal sealed class MySqlErrors(WarehouseProblems problems)
{
    /// <summary>Wrong user or password, or the user may not come from this host.</summary>
    public const int AccessDenied = 1045;

    /// <summary>True for numbers that may pass: too many connections, shutdown, lock waits, a killed or lost connection.</summary>
    public static bool IsTransient(int number) =>
        number is 1040 or 1053 or 1077 or 1079 or 1152 or 1159 or 1160 or 1161 or 1184 or 1203 or 1205 or 1213 or 1317
            or 1927 or 2006 or 2013 or 4031;

    /// <summary>What went wrong while connecting.</summary>
    public ProblemException ExplainConnect(Exception error) => error switch
    {
        // The driver wraps it in an error that says "unable to connect".
        _ when Causes.Of<AuthenticationException>(error) is { } tls => problems.Connection(
            "the server's certificate is not accepted, or the TLS handshake failed",
            "Set 'ca_file' to the PEM file of the authority that signed it, " +
            "and for verify_full 'host' to a name that it is made for; or correct 'ssl_mode'.", tls),
        NotSupportedException when error.Message.Contains("uthentication", StringComparison.Ordinal) => problems.Configuration(
            $"the server asks for a way to log in that the driver does not have ({PluginOf(error.Message)})",
            "Create the user with caching_sha2_password (MySQL) or mysql_native_password (MariaDB).", error),
        MySqlException when error.Message.Contains("secure connection", StringComparison.OrdinalIgnoreCase) => problems.Connection(
            "the server takes this user's password over TLS only", "Set 'ssl_mode' to required or more, and turn TLS on at the server.",
                error),
        MySqlException when error.Message.Contains("SSL", StringComparison.Ordinal) => problems.Connection(
            "the server does not offer TLS", "Turn TLS on at the server, or set 'ssl_mode: none' for a network you trust.", error),
        _ when Causes.IsBreak(error) => problems.Transient("the connection broke off while it was opened",
            "It is tried again by itself; if it stays, look at the server's log, and correct 'port' if something else listens there.",
            error),
        MySqlException { Number: > 0 } server => Explain(server.Number, server),
        _ => problems.Connection("the host is not known, refuses the connection or does not answer",
            "Correct 'host' and 'port', and open the firewall for this machine.", error),
    };

    /// <summary>What went wrong while a statement ran or its rows were read.</summary>
    public ProblemException Explain(Exception error) => error switch
    {
        MySqlException { Number: > 0 } server => Explain(server.Number, server),
        _ when error is InvalidOperationException || Causes.IsNetwork(error) => Lost(error),
        MySqlException { IsTransient: true } => Lost(error),
        // "Parameter index 0 is invalid when only 0 parameters are defined."
        MySqlException when error.Message.StartsWith("Parameter", StringComparison.Ordinal) => problems.Unbound("?", error),
        _ => problems.Configuration("the driver cannot read the result", "Run the model's SQL in the mysql client to see why.", error),
    };

    /// <summary>The problem of a number. Texts of the server are shown only where they hold names and no values.</summary>
    internal ProblemException Explain(int number, Exception error) => number switch
    {
        AccessDenied or 1251 or 1698 or 3118 or 3955 =>
            problems.Configuration("the login is refused",
            "Correct 'user' and the secret of 'password', and see that the user may come from this host.", error),
        1042 or 2002 or 2003 or 2005 =>
            problems.Connection("the host is not known, refuses the connection or does not answer",
            "Correct 'host' and 'port', and open the firewall for this machine.", error),
        1130 => problems.Connection("the server lets this machine not in",
            "Create the user for this host, as 'user'@'%' or with its address.", error),
        2026 or 3159 => problems.Connection("the TLS handshake failed", "Correct 'ssl_mode' and 'ca_file'.", error),
        1049 => problems.Configuration(error.Message, "Correct 'database'.", error),
        1044 or 1142 or 1143 => problems.Configuration(error.Message, "Grant it: GRANT SELECT ON database.* TO 'user'@'host'.", error),
        1051 or 1146 => problems.Configuration(error.Message, "Correct the model's table; write database.table.", error),
        1052 or 1054 => problems.Configuration(error.Message, "Correct the column in the model's SQL.", error),
        1064 or 1248 => problems.Configuration(error.Message, "Correct the model's SQL; it has to be one SELECT.", error),
        1060 => problems.Configuration(error.Message, "Give the columns of the model's SQL names that differ.", error),
        1792 or 1290 => problems.Configuration("the model's SQL tries to write",
            "Use a SELECT; PendoSync reads in a read-only transaction.", error),
        3024 or 1969 => problems.Transient(
            "the server cancelled the query, which ran for too long (max_execution_time, max_statement_time)",
            "Raise the limit for this user, or make the query faster.", error),
        1317 => problems.Transient("the query was cancelled on the server (KILL QUERY)",
            "It is tried again by itself; ask who cancels queries of this user.", error),
        _ when IsTransient(number) => problems.Transient($"the server cannot answer now (error {number})",
            "It is tried again by itself; if it stays, look at the server's log.", error),
        // Other texts may quote a value of a row, and no value is shown (promise 11).
        _ => problems.Configuration($"the query failed with error {number}", "Run the model's SQL in the mysql client to see why.", error),
    };

    private ProblemException Lost(Exception error) =>
        problems.Transient("the connection was lost while reading",
            "The read is tried again by itself; if it stays, look at the server's log and the network.", error);

    // The driver's texts name it among words: "… to use client_ed25519 authentication."
    private static string PluginOf(string message) =>
        message.Split(' ', '\'', '"', '.').FirstOrDefault(word => word.Contains('_', StringComparison.Ordinal)) ?? "unknown";
}
