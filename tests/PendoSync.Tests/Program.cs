using PendoSync.Cli;
using PendoSync.Cli.Commands;
using PendoSync.Tests.State;

// The test assembly is also the program that tests start and kill.
switch (args)
{
    case ["write-state", var path]:
        return await StateWriter.RunAsync(path);
    case ["pendosync", .. var arguments]:
        using (var interrupts = new Interrupts())
            return await PendoSyncCommand.RunAsync([.. arguments], Terminal.OfConsole(), interrupts.Token);
    default:
        return 2;
}
