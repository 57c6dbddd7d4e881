using PendoSync.Planning;
using PendoSync.Reports;
using Spectre.Console;

namespace PendoSync.Cli.Output;

/// <summary>Comparisons and adoptions for people, and how far they are.</summary>
internal static class ComparisonText
{
    private static readonly TimeSpan _line = TimeSpan.FromSeconds(2);

    /// <summary>Says what a comparison found.</summary>
    public static void Say(Terminal terminal, SyncComparison found)
    {
        if (found.Error is { } error)
        {
            terminal.Show(error);
            return;
        }

        terminal.Say($"{found.Sync}: {Words.Count(found.Equal)} of {Words.Count(found.InBoth)} records are equal on both sides");
        terminal.Say($"  different {Words.Count(found.Different)}, in the warehouse only {Words.Count(found.OnlyWarehouse)}, "
            + $"in Pendo only {Words.Count(found.OnlyPendo)}{(found.Invalid > 0 ? $", invalid rows {Words.Count(found.Invalid)}" : "")}");
        if (found.NextRunMends + found.NextRunLeaves > 0)
            terminal.Say($"  the next run mends {Words.Count(found.NextRunMends)}; it leaves {Words.Count(found.NextRunLeaves)}, since "
                + $"Pendo accepted them or they wait{(found.Drifted > 0 ? $" (drifted: {Words.Count(found.Drifted)})" : "")}");
        if (found.ByField.Count > 0)
            terminal.Say("  by field: " + string.Join(", ", found.ByField.OrderByDescending(f => f.Value)
                .Select(f => $"{f.Key} {Words.Count(f.Value)}")));
        foreach (var notice in found.Notices)
            terminal.Say("  note: " + notice);
        if (found.Sample.Count > 0)
            terminal.Say("  a sample, what Pendo holds -> what the warehouse has:");
        foreach (var field in found.Sample)
            terminal.Say($"    {ShownText.Line(field.Key, 40)}  {field.Field}: {Texts.Json(field.Pendo)} -> {Texts.Json(field.Warehouse)}");
        terminal.Say();
    }

    /// <summary>Says what an adoption took.</summary>
    public static void Say(Terminal terminal, SyncAdoption adopted)
    {
        if (adopted.Error is { } error)
            terminal.Show(error);
        else
            terminal.Say($"{adopted.Sync}: {Words.Count(adopted.Equal)} records are in Pendo as the warehouse has them and are not sent; "
                + $"the next run sends {Words.Count(adopted.Different)} that differ and {Words.Count(adopted.OnlyWarehouse)} that only the "
                + "warehouse has");
    }

    /// <summary>How far it is; null: Pendo has not answered yet.</summary>
    internal static string Line(string sync, ComparisonProgress? now) => now is null ? $"{sync}: reading Pendo"
        : $"{sync}: {Words.Count(now.Pendo)} records of Pendo, {Words.Count(now.Rows)} rows read"
            + (now.Again > 0 ? $", {Words.Count(now.Again)} records once more" : "");

    /// <summary>Works, and says on stderr how far it is: a line that changes on a terminal, one every two seconds otherwise.</summary>
    public static async Task<T> WatchAsync<T>(Terminal terminal, string sync, Func<Action<ComparisonProgress>, Task<T>> work)
    {
        ComparisonProgress? now = null;
        if (terminal.IsWatched)
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
            return await console.Status().StartAsync(Markup.Escape(Line(sync, now)), status => work(progress =>
            {
                now = progress;
                status.Status = Markup.Escape(Line(sync, now));
            }));
        }

        var working = work(progress => Volatile.Write(ref now, progress));
        while (await Task.WhenAny(working, Task.Delay(_line, CancellationToken.None)) != working)
            terminal.Remark(Line(sync, Volatile.Read(ref now)));
        return await working;
    }
}
