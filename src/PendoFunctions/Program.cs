using Microsoft.Extensions.Hosting;
using PendoFunctions;

App.Build(args).Run();
