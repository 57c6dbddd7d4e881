using System.Diagnostics;
using System.Text;
using System.Text.Json;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

/// <summary>The real executable, started as a user's shell would.</summary>
internal sealed class CliProcess : IDisposable
{
    /// <summary>How long a command may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(Full.Wanted ? 900 : 90);

    private static readonly string _program = ProgramPath();
    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly StringBuilder _said = new();
    private Task<string>? _output;

    private CliProcess(Process process) => (_process, _error) = (process, process.StandardError.ReadToEndAsync());

    /// <summary>Starts it; variables that would change a project are not inherited.</summary>
    public static CliProcess Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null) =>
        StartFile("dotnet", [_program, .. arguments], variables);

    /// <summary>
    /// Starts it on a terminal of its own, where stdout and stderr are one stream; arguments must not need quotes. See
    /// <see cref="TerminalFactAttribute"/>.
    /// </summary>
    public static CliProcess StartOnTerminal(IEnumerable<string> arguments, IReadOnlyDictionary<string, string> variables) =>
        StartFile(TerminalFactAttribute.Script, ["-qec", $"dotnet {_program} {string.Join(' ', arguments)}", "/dev/null"], variables);

    /// <summary>Starts it with its streams led elsewhere, as a shell writes it: <c>2&gt;/dev/full</c>.</summary>
    public static CliProcess StartRedirected(string redirection, IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? variables = null) =>
        StartFile("sh", ["-c", $"exec dotnet \"$0\" \"$@\" {redirection}", _program, .. arguments], variables);

    private static CliProcess StartFile(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        // It is over before code that is compiled a second time, for speed, would pay.
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new CliProcess(Process.Start(start)!);
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<CliResult> RunAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null)
    {
        using var running = Start(arguments, variables);
        return await running.EndAsync();
    }

    /// <summary>The first line of stdout, of a process that goes on.</summary>
    public async Task<string> FirstLineAsync() => await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? "";

    /// <summary>Its largest working set until its end, in bytes; looked at ten times a second, so the last tenth is not in it.</summary>
    public async Task<long> PeakAsync()
    {
        var peak = 0L;
        while (!_process.HasExited)
        {
            _process.Refresh();
            peak = Math.Max(peak, _process.PeakWorkingSet64);
            await Task.Delay(100);
        }

        return peak;
    }

    /// <summary>Waits for its end.</summary>
    public async Task<CliResult> EndAsync()
    {
        _output ??= _process.StandardOutput.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"no end within {Patience.TotalSeconds} s, it said: {_said}{await _output}{await _error}", e);
        }

        return new CliResult(_process.ExitCode, _said + await _output, await _error);
    }

    /// <summary>Types at its terminal when it has asked: what is typed before is lost.</summary>
    public async Task AnswerAsync(string question, string text)
    {
        var buffer = new char[1];
        while (!_said.ToString().Contains(question, StringComparison.Ordinal)
            && await _process.StandardOutput.ReadAsync(buffer).AsTask().WaitAsync(Patience) > 0)
            _said.Append(buffer);
        // Typed in the moment before the terminal is read it may be lost: a person would type it again.
        for (var times = 0; times < 10; times++)
        {
            await _process.StandardInput.WriteAsync(text);
            await _process.StandardInput.FlushAsync();
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await _process.WaitForExitAsync(soon.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_process.HasExited)
                return;
        }
    }

    /// <summary>Sends a signal: INT, TERM or KILL.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.EndsAsync();
    }

    // What users start, from its own folder: beside the tests it would load the tests' versions of libraries. tests/run gives it compiled
    // ahead, as it is released: two thirds of these tests' time is its start.
    private static string ProgramPath()
    {
        if (Environment.GetEnvironmentVariable("PENDOSYNC_TEST_PROGRAM") is { Length: > 0 } released)
            return released;
        var built = new DirectoryInfo(AppContext.BaseDirectory);
        var root = built.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, "src", "PendoSync.Cli", "bin", built.Parent.Name, built.Name, "PendoSync.Cli.dll");
    }

    /// <summary>Ends the process also when an assertion fails.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}

/// <summary>A fact that needs a terminal: util-linux's script makes one. Skipped with the reason where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TerminalFactAttribute : FactAttribute
{
    public const string Script = "/usr/bin/script";

    public TerminalFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(Script))
            Skip = "needs a terminal: install script of util-linux (on Debian the package bsdutils)";
    }
}

/// <summary>How a command ended.</summary>
internal sealed record CliResult(int Code, string Output, string Error)
{
    /// <summary>The one JSON value on stdout; a second value or any other line fails here.</summary>
    public JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }

    /// <summary>The only element of <c>runs</c>.</summary>
    public JsonElement Run => Assert.Single(Json.GetProperty("runs").EnumerateArray());

    /// <summary>Fails with what the command said when it ended otherwise.</summary>
    public CliResult Ended(int code)
    {
        Assert.True(code == Code, $"exit {Code}, not {code}\n{Output}\n{Error}");
        return this;
    }
}
