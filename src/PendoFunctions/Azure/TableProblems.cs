using Azure;
using Azure.Data.Tables.Models;

namespace PendoFunctions.Azure;

/// <summary>Turns a refusal of Table Storage into a problem with a fix.</summary>
/// <remarks>https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes</remarks>
internal static class TableProblems
{
    /// <summary>True when the entity exists, changed or is gone: an outcome, not a problem.</summary>
    public static bool IsRefusedCondition(RequestFailedException e) =>
        e.Status is 412 or 404 || (e.Status == 409 && e.ErrorCode == TableErrorCode.EntityAlreadyExists);

    /// <summary>The problem behind a refusal.</summary>
    public static ProblemException From(RequestFailedException e, string table) => e.Status switch
    {
        401 or 403 => new(ProblemKind.State, $"Table Storage refuses access ({e.ErrorCode ?? e.Status.ToString()})", table,
            "Grant the app's identity the role Storage Table Data Contributor on the storage account; a new grant takes up to ten minutes.", e),
        0 => new(ProblemKind.Transient, "Table Storage cannot be reached", table, "Check StateTables and the network rules of the storage account.", e),
        408 or 409 or 429 or >= 500 => new(ProblemKind.Transient, $"Table Storage is busy ({e.ErrorCode ?? e.Status.ToString()})", table, "Try again.", e),
        _ => new(ProblemKind.State, $"Table Storage refuses the request ({e.ErrorCode ?? e.Status.ToString()})", table, null, e),
    };
}
