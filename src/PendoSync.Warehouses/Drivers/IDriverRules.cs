using System.Data.Common;

namespace PendoSync.Warehouses.Drivers;

/// <summary>What a reader has to know of its driver.</summary>
internal interface IDriverRules
{
    /// <summary>The problem behind an error that was met while a statement ran or its rows were read.</summary>
    ProblemException Explain(Exception error);

    /// <summary>
    /// Ends what the prologue began: a connection that waits in the driver's pool must hold nothing at the server. Never
    /// throws.
    /// </summary>
    Task EndAsync(DbConnection connection);

    /// <summary>
    /// False where the driver's asynchronous reading is not sound: a thread waits for the rows, and the token of opening
    /// cancels them.
    /// </summary>
    bool ReadsAsync { get; }

    /// <summary>A decimal of the current row with all its digits.</summary>
    string DecimalText(DbDataReader rows, int ordinal);
}
