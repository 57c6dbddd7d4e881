using System.CommandLine;
using PendoSync.Reports;

namespace PendoSync.Cli.Commands;

/// <summary><c>check</c>: secrets, connections, write access, tables, columns and fields.</summary>
internal static class CheckCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common) =>
        common.Verb(new Command("check", "Try secrets, connections, write access, tables, columns and fields"), RunAsync);

    private static async Task<int> RunAsync(Invocation call)
    {
        await using var project = call.Open(problem => new { checks = Array.Empty<CheckItem>(), error = problem });
        var report = await project.Service.CheckAsync(call.Interrupted);
        call.Terminal.Answer(report);
        foreach (var item in report.Checks)
        {
            call.Terminal.Say($"{(item.Ok ? "ok    " : item.Kind is null ? "-     " : "FAILED")}  {item.Name}: {item.Message}");
            if (item.Fix is not null)
                call.Terminal.Say("        fix: " + item.Fix);
        }

        return ExitCodes.Worst(report.Checks.Where(c => c.Kind is not null).Select(c => ExitCodes.Of(c.Kind!.Value)));
    }
}
