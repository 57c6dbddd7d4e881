using System.Text.Json;
using FunctionsHost.Protocol;
using Microsoft.Extensions.Logging;
using NCrontab;

namespace FunctionsHost;

/// <summary>Calls a function at the times of its schedule, in UTC, never twice at once.</summary>
internal sealed class TimerListener(AppHost host, TriggeredFunction function, HostSettings settings) : IListener
{
    // A wait takes 49 days at most.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly CrontabSchedule _schedule = CrontabSchedule.Parse(settings.Resolve(function.Text("schedule")),
        new() { IncludingSeconds = true });
    private readonly CancellationTokenSource _stop = new();
    private Task _ticking = Task.CompletedTask;

    public Task StartAsync()
    {
        _ticking = TickAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _ticking;
    }

    public Task LoseAsync() => _stop.CancelAsync();

    /// <summary>One tick now.</summary>
    public Task FireAsync()
    {
        var now = DateTime.UtcNow;
        var json = JsonSerializer.Serialize(new
        {
            Schedule = new { AdjustForDST = true },
            ScheduleStatus = new { Last = now, Next = _schedule.GetNextOccurrence(now), LastUpdated = now },
            IsPastDue = false,
        });
        return host.InvokeAsync(function, new TypedData { Json = json }, _stop.Token);
    }

    private async Task TickAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var next = _schedule.GetNextOccurrence(DateTime.UtcNow);
                for (var left = next - DateTime.UtcNow; left > TimeSpan.Zero; left = next - DateTime.UtcNow)
                    await Task.Delay(left < LongestWait ? left : LongestWait, _stop.Token);
                await FireAsync();
            }
            catch (OperationCanceledException)
            {
                // The host stops.
            }
            catch (FunctionFailedException e)
            {
                host.Log(new LogLine(LogLevel.Error, "Host", $"{function.Name} failed", e.Message));
            }
        }
    }
}
