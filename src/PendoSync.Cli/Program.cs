using PendoSync.Basics;
using PendoSync.Cli;
using PendoSync.Cli.Commands;
using PendoSync.Cli.Output;

InvariantCulture.Use();
StandardStreams.Use();
using var interrupts = new Interrupts();
return await PendoSyncCommand.RunAsync(args, Terminal.OfConsole(), interrupts.Token);
