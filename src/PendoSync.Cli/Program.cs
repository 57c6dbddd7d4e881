using PendoSync.Cli;
using PendoSync.Cli.Commands;
using var interrupts = new Interrupts();
return await PendoSyncCommand.RunAsync(args, new Terminal(Console.Out, Console.Error), interrupts);
