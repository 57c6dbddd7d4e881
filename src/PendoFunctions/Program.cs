using Microsoft.Extensions.Hosting;
using PendoFunctions;
using PendoSync.Basics;

InvariantCulture.Use();
await App.Build(args).RunAsync(CancellationToken.None);
