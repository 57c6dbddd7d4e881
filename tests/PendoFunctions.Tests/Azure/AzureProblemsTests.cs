using Azure;
using Azure.Messaging.ServiceBus;
using PendoFunctions.Azure;

namespace PendoFunctions.Tests.Azure;

public sealed class AzureProblemsTests
{
    [Theory]
    [InlineData(403, "AuthorizationPermissionMismatch", ProblemKind.State, "Storage Table Data Contributor")]
    [InlineData(401, null, ProblemKind.State, "Storage Table Data Contributor")]
    [InlineData(0, null, ProblemKind.Transient, "StateTables")]
    [InlineData(503, "ServerBusy", ProblemKind.Transient, "Try again")]
    [InlineData(500, "OperationTimedOut", ProblemKind.Transient, "Try again")]
    [InlineData(429, null, ProblemKind.Transient, "Try again")]
    [InlineData(409, "TableBeingDeleted", ProblemKind.Transient, "Try again")]
    public void An_answer_that_refuses_has_a_kind_a_place_and_a_fix(int status, string? code, ProblemKind kind, string fix)
    {
        var problem = Of(new RequestFailedException(status, "refused", code, null), AzureService.Tables)!.Problem;

        Assert.Equal((kind, "here"), (problem.Kind, problem.Place));
        Assert.Contains(fix, problem.Fix);
    }

    [Theory]
    [InlineData(ServiceBusFailureReason.MessagingEntityNotFound, ProblemKind.State, "RecordBatchesQueue")]
    [InlineData(ServiceBusFailureReason.MessagingEntityDisabled, ProblemKind.State, "Enable")]
    [InlineData(ServiceBusFailureReason.MessageSizeExceeded, ProblemKind.Configuration, "batch_size")]
    [InlineData(ServiceBusFailureReason.ServiceBusy, ProblemKind.Transient, "Try again")]
    [InlineData(ServiceBusFailureReason.QuotaExceeded, ProblemKind.Transient, "Try again")]
    [InlineData(ServiceBusFailureReason.ServiceTimeout, ProblemKind.Transient, "Try again")]
    [InlineData(ServiceBusFailureReason.ServiceCommunicationProblem, ProblemKind.Transient, "Try again")]
    [InlineData(ServiceBusFailureReason.GeneralError, ProblemKind.Transient, "Try again")]
    public void A_queue_that_fails_has_a_kind_a_place_and_a_fix(ServiceBusFailureReason reason, ProblemKind kind, string fix)
    {
        var problem = Of(new ServiceBusException("failed", reason), AzureService.Bus)!.Problem;

        Assert.Equal((kind, "here"), (problem.Kind, problem.Place));
        Assert.Contains(fix, problem.Fix);
    }

    [Fact]
    public void The_last_of_many_tries_says_what_it_is()
    {
        var tries = new AggregateException(new RequestFailedException(0, "reset"),
            new AggregateException(new RequestFailedException(403, "refused")));

        Assert.Equal(ProblemKind.State, Of(tries, AzureService.Tables)!.Problem.Kind);
        Assert.Same(tries.InnerExceptions[1].InnerException, Of(tries, AzureService.Tables)!.InnerException);
    }

    [Fact]
    public void A_mistake_of_ours_and_a_caller_who_goes_away_are_no_problems_of_the_service()
    {
        Assert.Null(Of(new InvalidOperationException(), AzureService.Tables));
        Assert.Null(AzureProblems.Of(new TaskCanceledException(), AzureService.Tables, "here", new CancellationToken(canceled: true)));
        Assert.NotNull(Of(new TaskCanceledException(), AzureService.Tables));
    }

    [Theory]
    [InlineData(412, "UpdateConditionNotSatisfied", true)]
    [InlineData(404, "ResourceNotFound", true)]
    [InlineData(409, "EntityAlreadyExists", true)]
    [InlineData(409, "TableBeingDeleted", false)]
    [InlineData(400, "InvalidInput", false)]
    public void A_condition_that_does_not_hold_is_an_outcome(int status, string code, bool outcome) =>
        Assert.Equal(outcome, TableStorageStore.IsRefusedCondition(new RequestFailedException(status, "refused", code, null)));

    private static ProblemException? Of(Exception thrown, AzureService service) =>
        AzureProblems.Of(thrown, service, "here", CancellationToken.None);
}
