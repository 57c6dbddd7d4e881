using PendoSync.Basics;
using PendoSync.Cli;
using PendoSync.Cli.Commands;

InvariantCulture.Use();
using var interrupts = new Interrupts();
return await PendoSyncCommand.RunAsync(args, Terminal.OfConsole(), interrupts.Token);
