using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Tests.Worlds;

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
    [InlineData(300, RecordOutcome.None)]
    [InlineData(302, RecordOutcome.None)]
    [InlineData(399, RecordOutcome.None)]
    [InlineData(404, RecordOutcome.None)]
    [InlineData(429, RecordOutcome.None)]
    [InlineData(425, RecordOutcome.None)]
    [InlineData(503, RecordOutcome.None)]
    [InlineData(408, RecordOutcome.Unknown)]
    [InlineData(500, RecordOutcome.Unknown)]
    [InlineData(502, RecordOutcome.Unknown)]
    [InlineData(504, RecordOutcome.Unknown)]
    public void An_event_is_sent_again_only_when_it_was_surely_not_applied(int status, RecordOutcome expected) =>
        Assert.Equal(expected, TrackAnswers.Read(new PendoAnswer(status, [], null)).Outcome);

    [Theory]
    [InlineData("<html>", true)]
    [InlineData("\r\n\t <!DOCTYPE html>", true)]
    [InlineData("\uFEFF<html>", true)]
    [InlineData("\uFEFF \uFEFF<html>", true)]
    [InlineData("", false)]
    [InlineData("\uFEFF", false)]
    [InlineData("OK", false)]
    [InlineData("{\"text\":\"<html>\"}", false)]
    public void A_page_takes_no_event_and_stops_the_run(string body, bool page)
    {
        var answer = new PendoAnswer(200, System.Text.Encoding.UTF8.GetBytes(body), null);
        Assert.Equal((page ? RecordOutcome.Unknown : RecordOutcome.Accepted, page),
            (TrackAnswers.Read(answer).Outcome, TrackAnswers.StopsTheRun(answer)));
        Assert.False((answer with { Status = 500 }).IsPage);
    }

    [Fact]
    public void A_call_that_was_not_made_may_be_made_again_and_a_lost_answer_is_unknown()
    {
        Assert.Equal(RecordOutcome.None, TrackAnswers.Read(null).Outcome);
        Assert.Equal(RecordOutcome.None, TrackAnswers.Read(new PendoAnswer(0, [], null, CallFault.NotSent)).Outcome);
        Assert.Equal((RecordOutcome.Unknown, "broke"), TrackAnswers.Read(new PendoAnswer(0, [], null, CallFault.Ambiguous, "broke")));
    }

    [Theory]
    [InlineData(401, "Pendo refused the track event shared secret (HTTP 401)", "Check that ${secret:track} holds the track event shared "
        + "secret of this app (Pendo: Settings > Subscription Settings > Applications).")]
    [InlineData(404, "Pendo does not take them at this address (HTTP 404)", "Check region and data_url (https://data.pendo.test/).")]
    public void What_stops_a_run_of_events_names_the_app_and_what_to_check(int status, string what, string fix)
    {
        var connection = new World(new WorldSetup { Object = PendoObject.TrackEvent }).Project.Pendo["test"];
        var problem = TrackAnswers.Problem(connection, "web", new PendoAnswer(status, [], null));

        Assert.Equal((ProblemKind.Configuration, "could not send events: " + what, "pendo connection 'test', app 'web'", fix),
            (problem.Kind, problem.Message, problem.Place, problem.Fix));
    }
}
