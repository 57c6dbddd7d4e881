using Microsoft.Extensions.Hosting;
using PendoFunctions;
using PendoSync.Basics;

InvariantCulture.Use();
Outbound.KeepLoopbackDirect();
await App.Build(args).RunAsync(CancellationToken.None);
