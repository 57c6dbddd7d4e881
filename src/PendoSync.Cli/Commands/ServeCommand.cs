using System.CommandLine;
using PendoSync.Cli.Serving;

namespace PendoSync.Cli.Commands;

/// <summary><c>serve</c>: clock, API and status page in one process, until Ctrl-C or SIGTERM.</summary>
internal static class ServeCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var urls = new Option<string?>(
            "--urls")
        { Description = $"Addresses to listen on, separated by ; (default {ServeOptions.DefaultUrl})", HelpName = "URLS" };
        var port = new Option<int?>("--port") { Description = "Loopback port, 0 for a free one", HelpName = "N" };
        var key = new Option<string?>(
            "--key-secret")
        {
            Description = "Name of the secret with the key that callers must show; needed beyond loopback",
            HelpName = "NAME"
        }.NotEmpty();
        var command = new Command("serve", "Run syncs when they are due, with the HTTP API and the status page, until Ctrl-C") { urls, port,
            key };
        return common.Verb(command, call =>
            RunAsync(call, ServeOptions.Parse(call.Parsed.GetValue(urls), call.Parsed.GetValue(port), call.Parsed.GetValue(key))));
    }

    private static async Task<int> RunAsync(Invocation call, ServeOptions options)
    {
        await using var host = await ServeHost.StartAsync(call.Folder, call.StateFile, options, call.Interrupted);
        try
        {
            call.Terminal.Answer(new { address = host.Address });
            call.Terminal.Say($"Status page and API on {host.Address}/api/status");
        }
        catch (ProblemException unheard)
        {
            // It serves without anybody who reads where.
            call.Terminal.Show(unheard.Problem);
        }

        call.Terminal.Remark("Ctrl-C ends it: plans are closed, deliveries under way finish, nothing is lost.");
        await host.ServeAsync(call.Interrupted);
        call.Terminal.Remark("Stopped.");
        return ExitCodes.Done;
    }
}
