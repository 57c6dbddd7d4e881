namespace PendoSync.Warehouses.Drivers;

/// <summary>
/// Turns SQL Server's error numbers into problems. Numbers:
/// https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors; transient ones:
/// https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues
/// </summary>
internal sealed class SqlServerErrors(WarehouseProblems problems)
{
    /// <summary>Wrong user, password or token.</summary>
    public const int LoginFailed = 18456;

    /// <summary>"Database … is not currently available": among others a serverless database that is starting.</summary>
    public const int NotAvailableNow = 40613;

    /// <summary>True for numbers that may pass.</summary>
    public static bool IsTransient(int number) => number is NotAvailableNow or 40197 or 40501 or 40540 or 40143 or 49918 or 49919 or 49920
        or 10928 or 10929 or 4221 or 615 or 926 or 1205 or 1222 or 233 or 64 or 121 or 10053 or 10054 or 10060 or -2;

    /// <summary>The problem. Texts of the server are shown only where they hold names and no values.</summary>
    public ProblemException Explain(int number, Exception error) => number switch
    {
        LoginFailed or 18452 or 18470 or 18486 or 18487 or 18488 =>
            problems.Connection("the login is refused",
                "Correct 'user' and the secret of 'password'; for entra, create the identity in the database: CREATE USER "
                + "[name] FROM EXTERNAL PROVIDER.", error),
        40615 => problems.Connection("the server's firewall refuses this machine",
            "Let its address, or for Azure Functions the subnet, through the server's firewall.", error),
        53 or 11001 or 40532 =>
            problems.Connection("the host is not known", "Correct 'host'; for Azure it is the full name, NAME.database.windows.net.",
            error),
        -1 or 2 or 258 or 1225 or 10061 =>
            problems.Connection("the host refuses the connection or does not answer",
            "Correct 'host' and 'port', and open the firewall for this machine.", error),
        20 or 19 => problems.Connection("the TLS handshake failed", "Correct 'encrypt' or the server's certificate.", error),
        4060 => problems.Configuration("the database cannot be opened", "Correct 'database', and create a user for this login in it.",
            error),
        911 or 916 =>
            problems.Configuration(error.Message, "Correct the database in the model's table, or give the user access to it.", error),
        208 => problems.Configuration(error.Message, "Correct the model's table; write schema.table.", error),
        207 or 4104 => problems.Configuration(error.Message, "Correct the column in the model's SQL.", error),
        229 or 230 or 300 => problems.Configuration(error.Message, "Grant it: GRANT SELECT ON SCHEMA::name TO [user].", error),
        102 or 105 or 156 or 1033 =>
            problems.Configuration(error.Message,
            "Correct the model's SQL; a query that sorts needs its ORDER BY removed when it is filtered.", error),
        40515 => problems.Configuration("a name refers to another database", "Leave the database out of the model's table.", error),
        _ when IsTransient(number) =>
            problems.Transient($"the server cannot answer now (error {number})",
            "It is tried again by itself; if it stays, look at the server's state.", error),
        0 => problems.Connection("no connection could be made",
            "Correct 'host', 'port', 'auth' and 'encrypt'; for entra, give this machine an identity or sign in with 'az login'.", error),
        // Other texts may quote a value of a row (245: "converting the varchar value 'x'"), and no value is shown (promise 11).
        _ => problems.Configuration($"the query failed with error {number}", "Run the model's SQL in the database's own tool to see why.",
            error),
    };
}
