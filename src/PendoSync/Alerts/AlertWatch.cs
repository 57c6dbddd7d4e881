using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using PendoSync.Definitions;
using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Alerts;

/// <summary>
/// Tells people what needs them. Every end of a run and every tick of the clock comes by here; what is told is first written
/// into the state and then sent, so that it is told once a streak and a receiver that is away hears it later. Never throws.
/// </summary>
/// <param name="project">The alerts.</param>
/// <param name="state">Keeps streaks and messages.</param>
/// <param name="secrets">Addresses and signing secrets.</param>
/// <param name="http">Sends.</param>
/// <param name="clock">Time.</param>
/// <param name="log">Takes what could not be delivered.</param>
public sealed class AlertWatch(Func<Project> project, StateStore state, ISecretStore secrets, HttpMessageInvoker http,
    TimeProvider clock, ILogger log)
{
    // With a body of at most 2,500 characters, ten messages fit into one property.
    private const int MostWaiting = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    // Two repeats of quick answers fit.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(10),
    ];

    private readonly ConcurrentDictionary<(string Alert, string Sync), Health> _health = new();
    private readonly AlertSender _sender = new(secrets, http, clock);

    /// <summary>A run has ended.</summary>
    public Task RunEndedAsync(RunRecord run, CancellationToken ct) => GuardAsync(run.Sync, async () =>
    {
        var after = await state.Checkpoints.ReadAsync(run.Sync, ct);
        var groups = run.Counts.Errors + run.Counts.NotFound == 0 ? [] : await GroupsAsync(run.Sync, ct);
        await EachAsync(run.Sync, async alert =>
        {
            var said = AlertRules.Judge(alert, run, after);
            await TellAsync(alert, run.Sync, said, what => AlertText.Of(what, alert, run, after, groups), ct, run.Health?.Health);
            await DeliverAsync(alert, run.Sync, Patience, ct);
        });
    }, ct);

    /// <summary>The clock ticked: looks for syncs without a success, and sends what could not be sent before.</summary>
    /// <param name="sync">The sync; null when its definition cannot be loaded.</param>
    /// <param name="checkpoint">Where it stands.</param>
    /// <param name="health">Its health.</param>
    /// <param name="ct">Ends it.</param>
    public Task TickAsync(SyncDefinition? sync, Checkpoint checkpoint, HealthReport health, CancellationToken ct) =>
        GuardAsync(checkpoint.Sync, () => EachAsync(checkpoint.Sync, async alert =>
        {
            if (alert.On.Contains(AlertRules.NoSuccess) && !checkpoint.Paused && sync is not { Paused: true }
                && IsExpected(sync, checkpoint))
                await LookForSuccessAsync(alert, checkpoint, ct);
            if (alert.On.Contains(AlertRules.HealthChanged) && checkpoint.Active is null)
                await LookAtHealthAsync(alert, checkpoint.Sync, health, ct);
            await DeliverAsync(alert, checkpoint.Sync, TimeSpan.Zero, ct);
        }), ct);

    // Side by side: nobody hears later since another receiver is slow.
    private Task EachAsync(string sync, Func<AlertDefinition, Task> work) =>
        Task.WhenAll(project().Alerts.Where(alert => AlertRules.Watches(alert, sync)).Select(work));

    // The health also changes with time alone; what it was last, this process remembers.
    private async Task LookAtHealthAsync(AlertDefinition alert, string sync, HealthReport health, CancellationToken ct)
    {
        if (_health.TryGetValue((alert.Name, sync), out var known) && known == health.Health)
            return;
        await TellAsync(alert, sync, new Dictionary<string, bool>(StringComparer.Ordinal),
            _ => AlertText.OfHealth(sync, health, null), ct, health.Health);
        _health[(alert.Name, sync)] = health.Health;
    }

    private async Task<IReadOnlyList<ProblemGroup>> GroupsAsync(string sync, CancellationToken ct)
    {
        var problems = await state.Rejections.ListAsync(sync, null, ct).ToListAsync(ct);
        return [.. ProblemGroup.Of(problems, project().Find(sync), null).Take(3)];
    }

    private async Task LookForSuccessAsync(AlertDefinition alert, Checkpoint checkpoint, CancellationToken ct)
    {
        var since = await SinceAsync(alert, checkpoint, ct);
        if (AlertRules.IsOverdue(alert, checkpoint.LastSuccess, since, checkpoint.ReadAt))
        {
            var said = new Dictionary<string, bool>(StringComparer.Ordinal) { [AlertRules.NoSuccess] = true };
            await TellAsync(alert, checkpoint.Sync, said, _ => AlertText.NoSuccess(alert, checkpoint.Sync, checkpoint.LastSuccess), ct);
        }
    }

    // A sync that nobody starts is not missed.
    private static bool IsExpected(SyncDefinition? sync, Checkpoint checkpoint) => sync?.Schedule is not null || sync?.After.Count > 0
        || checkpoint.LastStart is not null;

    private async Task<DateTimeOffset> SinceAsync(AlertDefinition alert, Checkpoint checkpoint, CancellationToken ct) =>
        checkpoint.LastSuccess
        ?? (await state.Alerts.ChangeAsync(alert.Name, checkpoint.Sync, (before, now) => before.Since is null ? before with { Since = now }
            : null, ct)).Since!.Value;

    private async Task TellAsync(AlertDefinition alert, string sync, IReadOnlyDictionary<string, bool> said,
        Func<string, AlertText> text, CancellationToken ct, Health? health = null)
    {
        if (said.Count == 0 && health is null)
            return;
        await state.Alerts.ChangeAsync(alert.Name, sync, (before, now) =>
        {
            var after = AlertRules.Move(alert, before, said, now, out var tell, health);
            if (tell.Count == 0 && after.Health == before.Health && after.Streaks.Count == before.Streaks.Count
                && after.Streaks.Keys.All(before.Streaks.ContainsKey))
                return null;
            var messages =
                tell.Select(what => new AlertMessage("msg_" + RandomNumberGenerator.GetHexString(24, lowercase: true), what, text(what)
                .Body(alert, now), 0, now));
            return after with { Outbox = [.. before.Outbox.Concat(messages).TakeLast(MostWaiting)] };
        }, ct);
    }

    // A receiver that hangs costs whoever waits for it one message: the others go out later.
    private async Task DeliverAsync(AlertDefinition alert, string sync, TimeSpan patience, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        while (clock.GetElapsedTime(started) <= Longest)
        {
            var (now, next) = await NextAsync(alert, sync, ct);
            if (next is null)
                return;
            var wait = Instants.Wait(next.NextTry, Pauses[^1], now);
            if (wait > patience)
                return;
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, clock, ct);
                continue;
            }

            if (!await ClaimAsync(alert, sync, next, ct))
                continue;
            var failure = await _sender.SendAsync(alert, next with { Tries = next.Tries + 1 }, ct);
            if (failure is not null)
                Log.AlertNotDelivered(log, alert.Name, sync, failure);
            await state.Alerts.ChangeAsync(alert.Name, sync, (before, at) =>
                before with { Outbox = [.. before.Outbox.SelectMany(m => m.Id == next.Id ? After(m, failure, at) : [m])] }, ct);
        }
    }

    private async Task<(DateTimeOffset Now, AlertMessage? Next)> NextAsync(AlertDefinition alert, string sync, CancellationToken ct)
    {
        var read = await state.Alerts.ReadAsync(alert.Name, sync, ct);
        return (read.Now, read.Value.Outbox.MinBy(m => m.NextTry));
    }

    // Whoever moves the next try ahead first sends it; should he die, it is sent again, with the same id.
    private async Task<bool> ClaimAsync(AlertDefinition alert, string sync, AlertMessage message, CancellationToken ct)
    {
        var mine = false;
        await state.Alerts.ChangeAsync(alert.Name, sync, (before, now) =>
        {
            mine = before.Outbox.Contains(message);
            return mine ? before with
            {
                Outbox =
                [.. before.Outbox.Select(m => m == message ? m with { Tries = m.Tries + 1, NextTry = now + Claim } : m)]
            } : null;
        }, ct);
        return mine;
    }

    private static IEnumerable<AlertMessage> After(AlertMessage message, string? failure, DateTimeOffset now) =>
        failure is null || message.Tries > Pauses.Length ? [] : [message with { NextTry = now + Pauses[message.Tries - 1] }];

    private async Task GuardAsync(string sync, Func<Task> work, CancellationToken ct)
    {
        if (project().Alerts.Count == 0)
            return;
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // What is not sent stands in the state.
        }
        catch (Exception e)
        {
            Log.AlertsFailed(log, sync, e is ProblemException known ? known.Problem.ToString() : e.GetType().Name);
        }
    }
}
