using PendoSync.Batches;
using PendoSync.Pendo;

namespace PendoSync.Tests.Pendo;

public sealed class TrackAnswersTests
{
    [Theory]
    [InlineData(200, RecordOutcome.Accepted)]
    [InlineData(202, RecordOutcome.Accepted)]
    [InlineData(204, RecordOutcome.Accepted)]
    [InlineData(400, RecordOutcome.Rejected)]
    [InlineData(413, RecordOutcome.Rejected)]
    [InlineData(422, RecordOutcome.Rejected)]
    [InlineData(401, RecordOutcome.None)]
    [InlineData(403, RecordOutcome.None)]
    [InlineData(302, RecordOutcome.None)]
    [InlineData(404, RecordOutcome.None)]
    [InlineData(429, RecordOutcome.None)]
    [InlineData(503, RecordOutcome.None)]
    [InlineData(408, RecordOutcome.Unknown)]
    [InlineData(500, RecordOutcome.Unknown)]
    [InlineData(502, RecordOutcome.Unknown)]
    [InlineData(504, RecordOutcome.Unknown)]
    public void An_event_is_sent_again_only_when_it_was_surely_not_applied(int status, RecordOutcome expected) =>
        Assert.Equal(expected, TrackAnswers.Read(new PendoAnswer(status, [], null)).Outcome);

    [Fact]
    public void A_call_that_was_not_made_may_be_made_again_and_a_lost_answer_is_unknown()
    {
        Assert.Equal(RecordOutcome.None, TrackAnswers.Read(null).Outcome);
        Assert.Equal(RecordOutcome.None, TrackAnswers.Read(new PendoAnswer(0, [], null, CallFault.NotSent)).Outcome);
        Assert.Equal((RecordOutcome.Unknown, "broke"), TrackAnswers.Read(new PendoAnswer(0, [], null, CallFault.Ambiguous, "broke")));
    }
}
