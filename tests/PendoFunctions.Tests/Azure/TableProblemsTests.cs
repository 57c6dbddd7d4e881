using Azure;
using PendoFunctions.Azure;

namespace PendoFunctions.Tests.Azure;

public sealed class TableProblemsTests
{
    [Theory]
    [InlineData(403, "AuthorizationPermissionMismatch", ProblemKind.State, "Storage Table Data Contributor")]
    [InlineData(401, null, ProblemKind.State, "Storage Table Data Contributor")]
    [InlineData(0, null, ProblemKind.Transient, "StateTables")]
    [InlineData(503, "ServerBusy", ProblemKind.Transient, "Try again")]
    [InlineData(500, "OperationTimedOut", ProblemKind.Transient, "Try again")]
    [InlineData(429, null, ProblemKind.Transient, "Try again")]
    [InlineData(409, "TableBeingDeleted", ProblemKind.Transient, "Try again")]
    public void A_refusal_has_a_kind_a_place_and_a_fix(int status, string? code, ProblemKind kind, string fix)
    {
        var problem = TableProblems.From(new RequestFailedException(status, "refused", code, null), "SyncRuns").Problem;

        Assert.Equal((kind, "SyncRuns"), (problem.Kind, problem.Place));
        Assert.Contains(fix, problem.Fix);
    }

    [Theory]
    [InlineData(412, "UpdateConditionNotSatisfied", true)]
    [InlineData(404, "ResourceNotFound", true)]
    [InlineData(409, "EntityAlreadyExists", true)]
    [InlineData(409, "TableBeingDeleted", false)]
    [InlineData(400, "InvalidInput", false)]
    public void A_condition_that_does_not_hold_is_an_outcome(int status, string code, bool outcome) =>
        Assert.Equal(outcome, TableProblems.IsRefusedCondition(new RequestFailedException(status, "refused", code, null)));
}
