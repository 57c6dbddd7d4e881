using PendoSimulator.Segments;

namespace PendoSimulator.Api;

/// <summary><c>/api/v1/segment</c>: segments of named visitors, made and changed by calls.</summary>
internal sealed class SegmentEndpoints(SimulatedPendo pendo)
{
    public Answer List(ApiCall call) => Answer.Json(pendo.Segments.List().ConvertAll(segment => new Definition(segment.Id, segment.Name)));

    public Answer Read(ApiCall call) =>
        pendo.Segments.Find(call.PathPart(1)) is { } segment ? Answer.Json(new Definition(segment.Id, segment.Name)) : Unknown();

    public Answer Status(ApiCall call)
    {
        if (pendo.Segments.Find(call.PathPart(1)) is not { } segment)
            return Unknown();
        if (pendo.Options.SegmentStatus == SegmentStatusForm.EntityTag)
            return Answer.Json(new { entityTagId = segment.Id, status = 200, message = "success" });
        // Which command stands there during a write is in no source.
        var command = segment.UpdatePending ? null : "finish";
        return Answer.Json(new { requestId = segment.Id, status = 200, command, updatePending = segment.UpdatePending });
    }

    public Answer Upload(ApiCall call)
    {
        // At least one visitor (segmentio/action-destinations uploads a placeholder).
        if (ApiJson.Read<Content>(call.Body) is not { Name.Length: > 0, Visitors.Count: > 0 } wanted || !ApiJson.AreIds(wanted.Visitors))
            return Refused("A segment needs a name and at least one visitor id.");
        call.Records = wanted.Visitors.Count;
        return Answer.Json(new { segmentId = pendo.Segments.Create(wanted.Name, wanted.Visitors!, pendo.Options.SegmentWriteTime) });
    }

    public Answer Replace(ApiCall call)
    {
        if (ApiJson.Read<Content>(call.Body) is not { Name: null or { Length: > 0 }, Visitors.Count: > 0 } wanted
            || !ApiJson.AreIds(wanted.Visitors))
            return Refused("A segment needs at least one visitor id, and a name if it changes.");
        call.Records = wanted.Visitors.Count;
        return Write(call, segment =>
        {
            segment.Name = wanted.Name ?? segment.Name;
            segment.Visitors = new(wanted.Visitors!, StringComparer.Ordinal);
        });
    }

    public Answer Patch(ApiCall call)
    {
        var options = pendo.Options;
        if (ApiJson.Read<PatchBody>(call.Body)?.Patch is not { Count: > 0 } operations || !operations.TrueForAll(IsOperation))
            return Refused("patch must be an array of operations add or remove on /visitors, each with its visitor ids as value.");
        call.Records = operations.Sum(operation => operation!.Value!.Count);
        if (operations.Count > options.MaxPatchOperations || call.Records > options.MaxPatchIds)
            return Refused($"A patch holds at most {options.MaxPatchOperations} operations and {options.MaxPatchIds} visitor ids.");
        List<Outcome> outcomes = [];
        var refusal = WriteOrRefuse(call, segment => outcomes.AddRange(operations.Select(operation => Carry(operation!, segment, call))));
        return refusal ?? Answer.Json(new { multistatus = outcomes });
    }

    public Answer Add(ApiCall call) => Write(call, segment => segment.Visitors.Add(call.PathPart(3)));

    public Answer Remove(ApiCall call) => Write(call, segment => segment.Visitors.Remove(call.PathPart(3)));

    public Answer Delete(ApiCall call) => Refusal(pendo.Segments.Delete(call.PathPart(1))) ?? Answer.Json(pendo.Options.SegmentAnswer);

    private Answer Write(ApiCall call, Action<Segment> change) => WriteOrRefuse(call, change) ?? Answer.Json(pendo.Options.SegmentAnswer);

    private Answer? WriteOrRefuse(ApiCall call, Action<Segment> change) =>
        Refusal(pendo.Segments.Write(call.PathPart(1), pendo.Options.SegmentWriteTime, change));

    private Answer? Refusal(SegmentWrite write) => write switch
    {
        SegmentWrite.Unknown => Unknown(),
        // Known only from the patch (segmentio/action-destinations#3845).
        SegmentWrite.Busy => Answer.Refused(409, "Operation in progress", pendo.Options.ErrorBodies),
        _ => null,
    };

    /// <summary>Carries out one operation whole, or not at all if a fault refuses one of its records.</summary>
    private static Outcome Carry(Operation operation, Segment segment, ApiCall call)
    {
        if (call.Fates is { } fates && operation.Value!.Select(id => fates(id!).Error)
            .FirstOrDefault(error => error is not null) is { } error)
            return new(400, error, operation.Op!);
        if (operation.Op == "add")
            segment.Visitors.UnionWith(operation.Value!);
        else
            segment.Visitors.ExceptWith(operation.Value!);
        return new(200, "success", operation.Op!);
    }

    private static bool IsOperation(Operation? operation) =>
        operation is { Op: "add" or "remove", Path: "/visitors", Value: { } ids } && ApiJson.AreIds(ids);

    private Answer Refused(string text) => Answer.Refused(pendo.Options.RefusedSegmentStatus, text, pendo.Options.ErrorBodies);

    private Answer Unknown() => Answer.Refused(pendo.Options.UnknownIdStatus, "There is no segment of this id.", pendo.Options.ErrorBodies);

    private sealed record Content(string? Name, List<string?>? Visitors);

    private sealed record PatchBody(List<Operation?>? Patch);

    private sealed record Operation(string? Op, string? Path, List<string?>? Value);

    private sealed record Outcome(int Status, string Message, string Operation);

    /// <summary>The members that say something here (adoptpartners 27418681207707); Pendo's has a definition and a pipeline too.</summary>
    private sealed record Definition(string Id, string Name, string Kind = "Segment", bool CreatedByApi = true);
}
