using System.Runtime.InteropServices;
using PendoSimulator;

if (args is ["--help" or "-h"])
{
    Console.WriteLine(SimulatorArguments.Usage);
    return 0;
}
try
{
    var stop = new TaskCompletionSource();
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    await using var simulator = await PendoSimulatorHost.StartAsync(SimulatorArguments.Parse(args), ct: CancellationToken.None);
    Console.WriteLine($"Pendo simulator on {simulator.BaseAddress.GetLeftPart(UriPartial.Authority)}");
    await stop.Task;
    return 0;

    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stop.TrySetResult();
    }
}
catch (FormatException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    Console.Error.WriteLine(SimulatorArguments.Usage);
    return 2;
}
catch (IOException taken)
{
    Console.Error.WriteLine($"{taken.Message} Choose another --port.");
    return 3;
}
