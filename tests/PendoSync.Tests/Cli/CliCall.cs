using PendoSync.Cli;
using PendoSync.Cli.Commands;

namespace PendoSync.Tests.Cli;

/// <summary>
/// The command line in this process: what its Program does, with writers in place of the console. A start of the real one costs more than
/// most of what it is started for. What depends on the process (signals, variables, a terminal, other processes beside it) takes
/// <see cref="CliProcess"/>; <see cref="EveryVerbTests"/> compares the two, verb by verb.
/// </summary>
internal static class CliCall
{
    /// <summary>Runs it to its end.</summary>
    public static async Task<CliResult> RunAsync(IEnumerable<string> arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(TextWriter.Synchronized(output), TextWriter.Synchronized(error));
        // Without xunit's synchronization context, as in a program.
        var running = Task.Run(() => PendoSyncCommand.RunAsync([.. arguments], terminal, CancellationToken.None));
        if (await Task.WhenAny(running, Task.Delay(CliProcess.Patience)) != running)
            throw new TimeoutException($"no end within {CliProcess.Patience.TotalSeconds} s, it said: {output}{error}");
        return new CliResult(await running, output.ToString(), error.ToString());
    }
}
