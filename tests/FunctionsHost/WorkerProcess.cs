using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace FunctionsHost;

/// <summary>The app's own process, started as worker.config.json says and as the Functions host starts it.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;

    public WorkerProcess(AppHostOptions options, string workerId, int port, Action<LogLine> log)
    {
        var config = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(options.AppDirectory, "worker.config.json"))).RootElement.GetProperty("description");
        var requestId = Guid.NewGuid().ToString();
        var longest = int.MaxValue.ToString();
        var start = new ProcessStartInfo(config.GetProperty("defaultExecutablePath").GetString()!,
        [
            Path.Combine(options.AppDirectory, config.GetProperty("defaultWorkerPath").GetString()!),
            "--host", "127.0.0.1", "--port", $"{port}", "--workerId", workerId, "--requestId", requestId, "--grpcMaxMessageLength", longest,
            "--functions-uri", $"http://127.0.0.1:{port}/", "--functions-worker-id", workerId, "--functions-request-id", requestId,
            "--functions-grpc-max-message-length", longest,
        ])
        {
            WorkingDirectory = options.AppDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment =
            {
                ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
                ["FUNCTIONS_APPLICATION_DIRECTORY"] = options.AppDirectory,
            },
        };
        foreach (var (name, value) in options.Settings)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Log("stdout", line.Data);
        _process.ErrorDataReceived += (_, line) => Log("stderr", line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Exited = _process.WaitForExitAsync();

        void Log(string source, string? line)
        {
            if (line is not null)
                log(new LogLine(LogLevel.Information, source, line));
        }
    }

    /// <summary>Ends when the process has ended and its output was read.</summary>
    public Task Exited { get; }

    /// <summary>What the process answered at its end: 128 and the signal when one ended it.</summary>
    public int ExitCode => _process.ExitCode;

    public int Id => _process.Id;

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public void Dispose() => _process.Dispose();
}
