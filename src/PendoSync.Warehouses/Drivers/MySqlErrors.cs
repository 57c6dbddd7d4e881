namespace PendoSync.Warehouses.Drivers;

/// <summary>Turns MySQL's error numbers into problems. https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html</summary>
internal sealed class MySqlErrors(WarehouseProblems problems)
{
    /// <summary>Wrong user or password, or the user may not come from this host.</summary>
    public const int AccessDenied = 1045;

    /// <summary>True for numbers that may pass: too many connections, shutdown, lock waits, a lost connection.</summary>
    public static bool IsTransient(int number) => number is 1040 or 1053 or 1077 or 1079 or 1152 or 1159 or 1161 or 1184 or 1203 or 1205
        or 1213 or 2006 or 2013 or 4031;

    /// <summary>The problem behind any error of the driver.</summary>
    public ProblemException Explain(Exception error) =>
        Explain(error.GetType().GetProperty("Number")?.GetValue(error) is int number ? number : 0, error);

    /// <summary>The problem. Texts of the server are shown only where they hold names and no values.</summary>
    public ProblemException Explain(int number, Exception error) => number switch
    {
        AccessDenied or 1251 or 1698 or 3118 or 3955 =>
            problems.Connection("the login is refused",
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
        1064 or 1248 => problems.Configuration(error.Message, "Correct the model's SQL.", error),
        1060 => problems.Configuration(error.Message, "Give the columns of the model's SQL names that differ.", error),
        1792 or 1290 =>
            problems.Configuration("the model's SQL tries to write", "Use a SELECT; PendoSync reads in a read-only transaction.", error),
        3024 => problems.Transient("the server cancelled the query (max_execution_time)",
            "Raise max_execution_time for this user, or make the query faster.", error),
        _ when IsTransient(number) || error is IOException =>
            problems.Transient($"the server cannot answer now (error {number})",
            "It is tried again by itself; if it stays, look at the server's log.", error),
        0 => problems.Connection("no connection could be made", "Correct 'host', 'port' and 'ssl_mode'.", error),
        // Other texts may quote a value of a row, and no value is shown (promise 11).
        _ => problems.Configuration($"the query failed with error {number}", "Run the model's SQL in the mysql client to see why.", error),
    };
}
