using System.Globalization;
using PendoSync.Pendo;
using PendoSync.Reports;
using PendoSync.State;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PendoSync.Cli.Output;

/// <summary>Live counts of one run on stderr: a bar on a terminal, a plain line every two seconds otherwise.</summary>
internal static class RunProgress
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _line = TimeSpan.FromSeconds(2);

    /// <summary>Runs a sync and shows how it goes.</summary>
    public static Task<RunRecord> ShowAsync(Terminal terminal, LocalProject project, string sync, Func<Task<RunRecord>> run) =>
        terminal.IsWatched ? BarAsync(project, sync, run) : LinesAsync(terminal, project, sync, run);

    private static async Task<RunRecord> BarAsync(LocalProject project, string sync, Func<Task<RunRecord>> run)
    {
        var still = new Stillness(TimeProvider.System);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new KnownShareColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask(Markup.Escape(sync)).IsIndeterminate();
                return await WatchAsync(run, _look, () => LookAsync(project, sync, (active, counts, calls) =>
                {
                    bar.Description = Markup.Escape(active.State == ActiveState.Delivering ? Line(sync, counts) + calls
                        : $"{sync}: reading, {Words.Count(counts.Read)} rows so far, {Words.Count(counts.Accepted)} accepted"
                            + still.Words(counts));
                    if (active.State != ActiveState.Delivering || counts.Planned == 0)
                        return;
                    bar.IsIndeterminate = false;
                    bar.MaxValue = counts.Planned;
                    bar.Value = counts.Delivered;
                }));
            });
    }

    private static async Task<RunRecord> LinesAsync(Terminal terminal, LocalProject project, string sync, Func<Task<RunRecord>> run)
    {
        terminal.Remark($"{sync}: started");
        var still = new Stillness(TimeProvider.System);
        var ended = await WatchAsync(run, _line,
            () => LookAsync(project, sync, (active, counts, calls) => terminal.Remark(Line(sync, counts) + calls
                + (active.State == ActiveState.Planning ? still.Words(counts) : ""))));
        terminal.Remark(string.Create(CultureInfo.InvariantCulture, $"{Line(sync, ended.Counts)} - {Texts.Word(ended.State)}"));
        return ended;
    }

    /// <summary>
    /// Runs to the end and looks now and then how it goes. A look that fails shows nothing: what hinders the run itself is in its report.
    /// </summary>
    internal static async Task<RunRecord> WatchAsync(Func<Task<RunRecord>> run, TimeSpan every, Func<Task> look)
    {
        var running = run();
        while (await Task.WhenAny(running, Task.Delay(every, CancellationToken.None)) != running)
        {
            try
            {
                await look();
            }
            catch (ProblemException)
            {
            }
        }

        return await running;
    }

    private static async Task LookAsync(LocalProject project, string sync, Action<ActiveRun, RunCounts, string> show)
    {
        if ((await project.Engine.State.Checkpoints.ReadAsync(sync, CancellationToken.None)).Active is not { } active)
            return;
        var pendo = project.Engine.ContextOf(sync).Pendo;
        show(active, project.Engine.Observer.Of(active.RunId), Calls(pendo.Slots,
            await project.Engine.State.Rates.PauseAsync(pendo.Connection.Name, CancellationToken.None)));
    }

    /// <summary>How the calls go: that Pendo wants none for a while, or how many there are and how long they take.</summary>
    internal static string Calls(CallSlots slots, TimeSpan pause) =>
        pause >= _line
            ? $", waiting {Words.Duration(TimeSpan.FromSeconds(Math.Ceiling(pause.TotalSeconds)))} since Pendo asks for fewer calls"
        : slots.Latency == TimeSpan.Zero ? "" : $", {slots.Calling} calls at once of {slots.Latency.TotalMilliseconds:0} ms";

    private static string Line(string sync, RunCounts counts) =>
        $"{sync}: read {Words.Count(counts.Read)}, unchanged {Words.Count(counts.Unchanged)}, accepted {Words.Count(counts.Accepted)} "
            + $"of {Words.Count(counts.Planned)}"
        + (counts.Invalid + counts.Rejected + counts.NotFound is var refused and > 0 ? $", refused {Words.Count(refused)}" : "");

    /// <summary>Says when nothing has come of a read for a minute: a server may be silent for hours, and nothing else shows it.</summary>
    internal sealed class Stillness(TimeProvider clock)
    {
        private RunCounts? _last;
        private long _since;

        /// <summary>What to add to a line with these counts.</summary>
        public string Words(RunCounts counts)
        {
            if (counts != _last)
                (_last, _since) = (counts, clock.GetTimestamp());
            var minutes = (int)clock.GetElapsedTime(_since).TotalMinutes;
            return minutes == 0 ? "" : $", nothing new for {minutes} min";
        }
    }

    // While the model is read nobody knows how many rows there are: the count moves, and no percentage stands still.
    private sealed class KnownShareColumn : ProgressColumn
    {
        private readonly ProgressBarColumn _bar = new();
        private readonly PercentageColumn _percent = new();

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => task.IsIndeterminate
            ? Text.Empty
            : new Columns(_bar.Render(options, task, deltaTime), _percent.Render(options, task, deltaTime)) { Expand = false };
    }
}
