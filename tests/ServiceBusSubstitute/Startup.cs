using FunctionsHost.Protocol;
using Grpc.Net.Client;
using Microsoft.Azure.Functions.Worker.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

[assembly: Microsoft.Azure.Functions.Worker.Core.WorkerExtensionStartup(
    typeof(Microsoft.Azure.Functions.Worker.ServiceBusExtensionStartup))]

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Called by code that the worker's SDK generates into the app.</summary>
public sealed class ServiceBusExtensionStartup : WorkerExtensionStartup
{
    /// <summary>Registers the connection to the host's settlement service.</summary>
    public override void Configure(IFunctionsWorkerApplicationBuilder applicationBuilder) =>
        applicationBuilder.Services.AddSingleton(provider =>
        new Settlement.SettlementClient(
            GrpcChannel.ForAddress(provider.GetRequiredService<IConfiguration>()["Functions:Worker:HostEndpoint"]!)));
}
