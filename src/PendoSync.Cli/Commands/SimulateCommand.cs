using System.CommandLine;
using PendoSimulator;
using PendoSync.Cli.Serving;

namespace PendoSync.Cli.Commands;

/// <summary><c>simulate</c>: the local Pendo, until Ctrl-C.</summary>
internal static class SimulateCommand
{
    /// <summary>Port of the simulator and of projects that the demo leaves behind.</summary>
    public const int DefaultPort = 4010;

    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var options = new[]
        {
            Text("--port", "N", $"Loopback port, 0 for a free one (default {DefaultPort})"),
            Text("--key", "KEY", "Integration key with write access, may be repeated (default demo-key)"),
            Text("--read-only-key", "KEY", "Integration key without write access, may be repeated"),
            Text("--track", "APP=SECRET", "Track event secret of an application, may be repeated (default web-app=demo-secret)"),
            Text("--field", "KIND:[GROUP:]NAME:TYPE", "A field that exists from the start, may be repeated"),
            Text("--set", "OPTION=VALUE", "A switch of the simulator's README, may be repeated"),
        };
        var command = new Command("simulate", "Start a local Pendo to try syncs against, until Ctrl-C");
        foreach (var option in options)
            command.Add(option);
        return common.Verb(command, call =>
            RunAsync(call, [.. options.SelectMany(o => (call.Parsed.GetValue(o) ?? []).SelectMany(value => new[] { o.Name, value }))]));

        static Option<string[]> Text(string name, string help, string description) =>
            new(name) { Description = description, HelpName = help, Arity = ArgumentArity.OneOrMore };
    }

    private static async Task<int> RunAsync(Invocation call, IReadOnlyList<string> arguments)
    {
        SimulatorOptions options;
        try
        {
            options = SimulatorArguments.Parse(arguments.Contains("--port") ? arguments : ["--port", $"{DefaultPort}", .. arguments]);
        }
        catch (FormatException e)
        {
            throw new ProblemException(ProblemKind.Configuration, e.Message, null, "See `pendosync simulate --help`.", e);
        }

        await using var simulator = await StartAsync(options);
        var address = simulator.BaseAddress.GetLeftPart(UriPartial.Authority);
        call.Terminal.Answer(new { address });
        call.Terminal.Say($"Pendo simulator on {address}");
        if (!arguments.Contains("--key") && !arguments.Contains("--read-only-key") && !arguments.Contains("--track"))
            call.Terminal.Remark("Its integration key is demo-key, the track event secret of its application web-app is demo-secret.");
        call.Terminal.Remark("Ctrl-C ends it; it keeps nothing.");
        var ended = new TaskCompletionSource();
        await using var interrupt = call.Interrupted.Register(ended.SetResult);
        await ended.Task;
        return ExitCodes.Done;
    }

    private static async Task<PendoSimulatorHost> StartAsync(SimulatorOptions options)
    {
        try
        {
            return await PendoSimulatorHost.StartAsync(options, ct: CancellationToken.None);
        }
        catch (Exception e) when (ListenProblem.Of(e, $"port {options.Port}") is { } problem)
        {
            throw problem;
        }
    }
}
