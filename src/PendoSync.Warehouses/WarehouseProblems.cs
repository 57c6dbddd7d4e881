using System.Data.Common;
using PendoSync.Sources;

namespace PendoSync.Warehouses;

/// <summary>Makes the problems of one connection: each one line that names the connection and the fix, none with a secret.</summary>
/// <param name="name">The connection's name in pendosync.yaml.</param>
internal sealed class WarehouseProblems(string name)
{
    /// <summary>The advice where an answer of a system is not what it documents.</summary>
    public const string ChangedAnswer = "Run again; if it stays, look for a proxy that changes answers.";

    /// <summary>How the connection is named in messages.</summary>
    public string Place { get; } = $"warehouse '{name}'";

    /// <summary>The host cannot be reached or refuses the login.</summary>
    public ProblemException Connection(string message, string fix, Exception? inner = null) =>
        Make(ProblemKind.Connection, message, fix, inner);

    /// <summary>Database, table, column, grant or setting.</summary>
    public ProblemException Configuration(string message, string fix, Exception? inner = null) =>
        Make(ProblemKind.Configuration, message, fix, inner);

    /// <summary>Worth a new attempt.</summary>
    public ProblemException Transient(string message, string fix, Exception? inner = null) =>
        Make(ProblemKind.Transient, message, fix, inner);

    /// <summary>The column of that name.</summary>
    /// <exception cref="ProblemException">Configuration: there is none, or there are several.</exception>
    public WarehouseColumn Find(IReadOnlyList<WarehouseColumn> columns, string column)
    {
        var problems = new List<string>();
        return ColumnLookup.Find(columns, column, problems)
            ?? throw Configuration(problems[0], "Correct the name in the sync, or the model.");
    }

    // A driver's text may hold line breaks; a problem is one line. The driver's own exception is not kept, since its text may quote a value
    // of a row, and whoever logs an exception logs its cause too (promise 11); faults of the network are.
    private ProblemException Make(ProblemKind kind, string message, string fix, Exception? inner) =>
        new(kind, message.ReplaceLineEndings(" "), Place, fix.ReplaceLineEndings(" "), inner is DbException
            ? inner.InnerException as IOException : inner);

    /// <summary>The model's SQL wants values that come from elsewhere.</summary>
    /// <param name="names">The parameters, as the SQL or the driver names them.</param>
    /// <param name="error">What was thrown.</param>
    public ProblemException Unbound(string names, Exception error) => Configuration(
        $"the model's SQL has parameters that nothing gives a value: {names}",
        "Write the values into the SQL; a text stands in quotes.", error);
}
