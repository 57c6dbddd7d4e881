using System.Diagnostics;
using PendoSimulator;

namespace Benchmarks;

/// <summary>The simulator in a process of its own, so that its memory and its garbage are not ours.</summary>
internal sealed class SimulatorProcess : IDisposable
{
    private readonly Process _process;

    private SimulatorProcess(Process process, Uri address)
    {
        (_process, Address) = (process, address);
        Control = new SimulatorClient(address);
    }

    public Uri Address { get; }

    public SimulatorClient Control { get; }

    public static async Task<SimulatorProcess> StartAsync()
    {
        var process =
            Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Self.Arguments, "simulator"])
            {
                RedirectStandardOutput = true,
                RedirectStandardInput = true,
                UseShellExecute = false
            })!;
        var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the simulator did not start");
        return new SimulatorProcess(process, new Uri(address));
    }

    /// <summary>The child's side: serves until its input closes.</summary>
    public static async Task<int> ServeAsync()
    {
        await using var host =
            await PendoSimulatorHost.StartAsync(
            new SimulatorOptions { Fields = [.. Data.Fields.Select(f => new FieldDefinition("visitor", "custom", f.Name, f.Type))] });
        Console.WriteLine(host.BaseAddress);
        await Console.In.ReadToEndAsync();
        return 0;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
        Control.Dispose();
    }
}

/// <summary>How to start this program again.</summary>
internal static class Self
{
    /// <summary>The assembly when the host is `dotnet`, nothing when it is the program itself.</summary>
    public static IReadOnlyList<string> Arguments { get; } =
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Self).Assembly.Location] : [];

    /// <summary>Starts this program in one of its child roles; returns what it prints.</summary>
    public static async Task<string> RunAsync(params IEnumerable<string> arguments)
    {
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Arguments, .. arguments])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        return output;
    }
}
