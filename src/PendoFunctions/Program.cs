using Microsoft.Extensions.Hosting;
using PendoFunctions;
using PendoSync.Basics;

InvariantCulture.Use();
App.Build(args).Run();
