using System.Globalization;
using PendoSync.Operations;
using PendoSync.State;
using Spectre.Console;

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
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask(Markup.Escape(sync)).IsIndeterminate();
                return await WatchAsync(project, sync, run, _look, (active, counts) =>
                {
                    bar.Description = Markup.Escape(Line(sync, counts));
                    if (active.State != ActiveState.Delivering || counts.Planned == 0)
                        return;
                    bar.IsIndeterminate = false;
                    bar.MaxValue = counts.Planned;
                    bar.Value = counts.Delivered;
                });
            });
    }

    private static async Task<RunRecord> LinesAsync(Terminal terminal, LocalProject project, string sync, Func<Task<RunRecord>> run)
    {
        terminal.Remark($"{sync}: started");
        var ended = await WatchAsync(project, sync, run, _line, (_, counts) => terminal.Remark(Line(sync, counts)));
        terminal.Remark(string.Create(CultureInfo.InvariantCulture, $"{Line(sync, ended.Counts)} - {Texts.Word(ended.State)}"));
        return ended;
    }

    private static async Task<RunRecord> WatchAsync(LocalProject project, string sync, Func<Task<RunRecord>> run, TimeSpan every, Action<ActiveRun, RunCounts> show)
    {
        var running = run();
        while (await Task.WhenAny(running, Task.Delay(every)) != running)
        {
            if ((await project.Engine.State.Checkpoints.ReadAsync(sync, CancellationToken.None)).Active is { } active)
                show(active, project.Engine.Observer.Of(active.RunId));
        }

        return await running;
    }

    private static string Line(string sync, RunCounts counts) =>
        $"{sync}: read {Words.Count(counts.Read)}, unchanged {Words.Count(counts.Unchanged)}, accepted {Words.Count(counts.Accepted)} of {Words.Count(counts.Planned)}"
        + (counts.Invalid + counts.Rejected + counts.NotFound is var refused and > 0 ? $", refused {Words.Count(refused)}" : "");
}
