using Microsoft.Extensions.Logging;

namespace PendoSync.Basics;

/// <summary>Every log line. Information is for the start and the end of a run only; nothing holds a key, a value or a secret.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Run {RunId} of {Sync} started ({Mode}, by {Trigger}).")]
    public static partial void RunStarted(ILogger log, string sync, string runId, string mode, string trigger);

    [LoggerMessage(2, LogLevel.Information,
        "Run {RunId} of {Sync} is {State}: {Read} read, {Invalid} invalid, {Planned} planned, {Accepted} accepted, {Rejected} rejected, "
        + "{NotFound} not found, {Unknown} unknown, {GivenUp} given up, {Calls} calls.")]
    public static partial void RunEnded(ILogger log, string sync, string runId, string state, long read, long invalid, long planned,
        long accepted, long rejected, long notFound, long unknown, long givenUp, long calls);

    [LoggerMessage(3, LogLevel.Error, "Run {RunId} of {Sync} is {State}: {Problem} Fix: {Fix}")]
    public static partial void RunFailed(ILogger log, string sync, string runId, string state, string problem, string fix);

    [LoggerMessage(4, LogLevel.Warning, "The clock could not look after {Sync}: {Problem}")]
    public static partial void TickFailed(ILogger log, string sync, string problem);

    [LoggerMessage(5, LogLevel.Warning, "Alert {Alert} about {Sync} could not be delivered ({Reason}); it is tried again.")]
    public static partial void AlertNotDelivered(ILogger log, string alert, string sync, string reason);

    [LoggerMessage(6, LogLevel.Warning, "Alerts about {Sync} could not be looked after: {Problem}")]
    public static partial void AlertsFailed(ILogger log, string sync, string problem);

    [LoggerMessage(7, LogLevel.Error, "{Method} {Path} failed.")]
    public static partial void RequestFailed(ILogger log, string method, string path, Exception e);

    [LoggerMessage(11, LogLevel.Warning, "{Method} {Path} could not be served: {Problem}")]
    public static partial void RequestNotServed(ILogger log, string method, string path, Problem problem);

    [LoggerMessage(12, LogLevel.Warning, "A wrong key was shown by {Address} ({Count} times within 15 minutes, by all).")]
    public static partial void WrongKey(ILogger log, string address, int count);

    [LoggerMessage(10, LogLevel.Error, "A definition cannot be used: {Problem}")]
    public static partial void DefinitionBroken(ILogger log, string problem);

    [LoggerMessage(13, LogLevel.Information, "The definitions were read again: {Syncs}.")]
    public static partial void DefinitionsRead(ILogger log, string syncs);

    [LoggerMessage(14, LogLevel.Critical, "Serving ends: {Problem}")]
    public static partial void ServingEnds(ILogger log, string problem);

    [LoggerMessage(8, LogLevel.Error, "A request for {Sync} failed: {Problem}")]
    public static partial void RequestedRunFailed(ILogger log, string sync, string problem);

    [LoggerMessage(9, LogLevel.Warning,
        "The state of {Sync} was written by a clock that was {Ahead} ahead, or the clock here is behind; "
        + "times of the past that lie in the future count as now. Check the clocks of the machines that use this state.")]
    public static partial void ClockWasAhead(ILogger log, string sync, TimeSpan ahead);
}
