using PendoSimulator.Control;

namespace PendoSimulator.Api;

/// <summary><c>/api/v1/bulkdelete</c>: asks for the deletion of many visitors or accounts, and tells about it.</summary>
internal sealed class DeletionEndpoints(SimulatedPendo pendo)
{
    private readonly RateLimit rateLimit = new(pendo.Time);

    public Answer Request(ApiCall call)
    {
        var options = pendo.Options;
        if (options.DeletionsPerSecond > 0 && !rateLimit.Allows(call.Endpoint, options.DeletionsPerSecond))
            return Refused(options.DeletionRateStatus, "Too many bulk deletions.") with { RetryAfter = options.RateLimitRetryAfter };
        var kind = pendo.FindKind(call.PathPart(1))!;
        var body = ApiJson.Read<Body>(call.Body);
        var ids = kind.Name == "visitor" ? body?.Visitors : body?.Accounts;
        if (ids is null || !ApiJson.AreIds(ids))
            return Refused(options.RefusedDeletionStatus, $"The body needs {kind.Name}s, an array of ids.");
        call.Records = ids.Count;
        if (ids.Count > options.MaxDeletionIds)
            return Refused(options.RefusedDeletionStatus, $"A bulk deletion holds at most {options.MaxDeletionIds} ids.");
        if (ids.Count == 0 && options.EmptyArrayStatus != 200)
            return Refused(options.EmptyArrayStatus, "The array is empty.");
        var deletion = pendo.Deletions.Add(kind, ids!, options.DeletionsWait);
        return Answer.Json(new Dictionary<string, string> { [options.DeletionIdName] = deletion.Id });
    }

    public Answer List(ApiCall call) => Answer.Json(pendo.Deletions.List().Where(deletion => deletion.Outstanding).Select(Shown).ToList());

    public Answer Read(ApiCall call) =>
        pendo.Deletions.List().Find(deletion => deletion.Id == call.PathPart(1)) is { } deletion
            ? Answer.Json(Shown(deletion))
            : Refused(pendo.Options.UnknownIdStatus, "There is no bulk deletion of this id.");

    /// <summary>
    /// The members are known only from a made-up fixture (polymetrics-ai/cli); how Pendo names the progress is in no source.
    /// </summary>
    private static object Shown(Deletion deletion) => new { deletion.Id, deletion.Kind, deletion.Ids };

    private Answer Refused(int status, string text) => Answer.Refused(status, text, pendo.Options.ErrorBodies);

    private sealed record Body(List<string?>? Visitors, List<string?>? Accounts);
}
