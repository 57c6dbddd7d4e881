using System.Collections.Concurrent;
using System.Text.Json;
using PendoSync.Batches;
using PendoSync.Engine;
using PendoSync.Planning;
using PendoSync.Records;
using PendoSync.Reports;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Operations;

/// <summary>
/// Dry runs, checks, comparisons and adoptions that are asked for over HTTP: at work beside the requests, their results in the state.
/// </summary>
public sealed class DryResults(SyncEngine engine)
{
    private const int AtOnce = 2;
    // Nobody reads a model longer; what is older was left by a process that died.
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(30);
    private readonly SemaphoreSlim _slots = new(AtOnce);
    private readonly ConcurrentDictionary<string, ComparisonProgress> _progress = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _working = new(StringComparer.Ordinal);

    /// <summary>Starts one, and waits a little: a quick one is done when this returns.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="kind">What is asked for.</param>
    /// <param name="mode">For a plan: what the run would be asked to read and send.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="ct">Ends the waiting, not the work.</param>
    public async Task<DryResult> StartAsync(string sync, DryKind kind, RunMode mode, TimeSpan patience, CancellationToken ct)
    {
        engine.Project.Sync(sync);
        await engine.State.Results.PruneAsync(ct);
        var started = new DryResult
        {
            Id = ResultTable.NewId(),
            Kind = kind,
            Sync = sync,
            StartedAt = (await engine.State.Checkpoints.ReadAsync(sync, ct)).ReadAt,
        };
        await WriteAsync(started, ct);
        var work = _working[started.Id] = Task.Run(() => WorkAsync(started, mode), CancellationToken.None);
        await Task.WhenAny(work, Task.Delay(patience, engine.Options.Clock, ct));
        return await ReadAsync(started.Id, ct) ?? started;
    }

    /// <summary>One, with the sample of a plan as it is now; null when there is none of that id, or its hour is over.</summary>
    public async Task<DryResult?> ReadAsync(string id, CancellationToken ct)
    {
        var (json, now) = await engine.State.Results.ReadAsync(id, ct);
        if (json is null)
            return null;
        var result = JsonSerializer.Deserialize<DryResult>(json, ReportJson.Options)!;
        if (result.State == DryState.Running && !_working.ContainsKey(id) && now - result.StartedAt > _longest)
            return result with
            {
                State = DryState.Failed,
                Error = new Problem(ProblemKind.Transient, "the process that worked on it ended", null, "Ask for it again."),
            };
        if (result.State == DryState.Running && _progress.TryGetValue(id, out var progress))
            return result with { Progress = progress };
        if (result.Comparison is { } comparison && result.SampleKeys.Count > 0 && engine.Project.Knows(result.Sync))
            return result with
            {
                Comparison = comparison with
                {
                    Sample = [.. (await SampleAsync(result, ct)).Select(s => new ComparedValue(s.Key, s.Field, s.New, s.Old))],
                },
            };
        return result.Plan is not { } plan || result.SampleKeys.Count == 0 || !engine.Project.Knows(result.Sync) ? result
            : result with { Plan = plan with { Sample = await SampleAsync(result, ct) } };
    }

    private async Task WorkAsync(DryResult started, RunMode mode)
    {
        var ended = started;
        await _slots.WaitAsync(CancellationToken.None);
        try
        {
            if (started.Kind == DryKind.Check)
            {
                ended = started with { Check = await new Checker(engine, showValues: false).CheckAsync(started.Sync, default) };
            }
            else if (started.Kind == DryKind.Compare)
            {
                var found = await new Comparer(engine).CompareAsync(started.Sync, Saying(started.Id), default);
                ended = started with
                {
                    Comparison = found with { Sample = [] },
                    SampleKeys = [.. found.Sample.Select(s => s.Key).Distinct()],
                };
            }
            else if (started.Kind == DryKind.Adopt)
            {
                ended = started with { Adoption = await new Comparer(engine).AdoptAsync(started.Sync, Saying(started.Id), default) };
            }
            else
            {
                var plan = await new DryRun(engine).PlanAsync(started.Sync, mode, default);
                string[] keys = [.. plan.Sample.Select(s => s.Key).Distinct()];
                ended = started with { Plan = plan with { Sample = [] }, SampleKeys = keys };
            }

            ended = ended with { State = DryState.Done };
        }
        catch (Exception e)
        {
            ended = started with
            {
                State = DryState.Failed,
                Error = e is ProblemException known ? known.Problem
                    : new Problem(ProblemKind.Internal, $"it ended with {e.GetType().Name}", null, "Please report this."),
            };
        }
        finally
        {
            _slots.Release();
        }

        try
        {
            await WriteAsync(ended with { EndedAt = (await engine.State.Checkpoints.ReadAsync(started.Sync, default)).ReadAt }, default);
        }
        catch (ProblemException)
        {
            // The state is away; whoever polls hears that it is.
        }
        finally
        {
            _working.TryRemove(started.Id, out _);
            _progress.TryRemove(started.Id, out _);
        }
    }

    private Action<ComparisonProgress> Saying(string id) => progress => _progress[id] = progress;

    // Values are shown, so they are read for whoever asks and kept nowhere.
    private async Task<IReadOnlyList<PlanSample>> SampleAsync(DryResult result, CancellationToken ct)
    {
        try
        {
            var records = new List<SampledRecord>();
            FieldPlan? fields = null;
            foreach (var key in result.SampleKeys)
                if (await new Explainer(engine).ExplainAsync(result.Sync, key, ct) is { Record: { } record } story)
                {
                    records.Add(new SampledRecord(key, JsonSerializer.SerializeToUtf8Bytes(record)));
                    fields = story.Fields;
                }

            return await new PlanSampler(engine.ContextOf(result.Sync), fields).CompareAsync(records, ct);
        }
        catch (ProblemException)
        {
            // Warehouse or Pendo are away: the counts are still true.
            return [];
        }
    }

    private Task WriteAsync(DryResult result, CancellationToken ct) =>
        engine.State.Results.WriteAsync(result.Id, JsonSerializer.Serialize(result, ReportJson.Options), ct);
}
