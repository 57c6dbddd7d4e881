using System.Globalization;
using PendoSync.Definitions;

namespace PendoSync.Reports;

/// <summary>Numbers and names as people read them.</summary>
public static class Words
{
    /// <summary>With thousands separated: 41,200.</summary>
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"1 visitor", "41,200 visitors".</summary>
    public static string Count(long number, PendoObject target) => $"{Count(number)} {Noun(target)}{(number == 1 ? "" : "s")}";

    /// <summary>" (210 ms each, 6.3 at once)", of the calls to Pendo; empty before the first.</summary>
    public static string Pace(RunReport run) => run is { CallMs: { } each, CallsAtOnce: { } open }
        ? string.Create(CultureInfo.InvariantCulture, $" ({each:N0} ms each, {open:0.0} at once)") : "";

    /// <summary>account, visitor or event.</summary>
    public static string Noun(PendoObject target) => target switch
    {
        PendoObject.Account => "account",
        PendoObject.Visitor => "visitor",
        PendoObject.ParentAccount => "parent account",
        _ => "event",
    };

    /// <summary>15m, 1h, 2d.</summary>
    public static string Duration(TimeSpan span) => span switch
    {
        _ when span.Ticks % TimeSpan.TicksPerDay == 0 => $"{span.Days}d",
        _ when span.Ticks % TimeSpan.TicksPerHour == 0 => $"{(int)span.TotalHours}h",
        _ when span.Ticks % TimeSpan.TicksPerMinute == 0 => $"{(int)span.TotalMinutes}m",
        _ => $"{(int)span.TotalSeconds}s",
    };
}
