using System.Diagnostics;
using System.Net;
using System.Text;
using PendoSimulator;
using PendoSync.Tests.Worlds;
using static PendoSync.Tests.Simulator.SimulatedSubscription;

namespace PendoSync.Tests.Simulator;

public sealed class ProgramTests
{
    private static bool Full => Environment.GetEnvironmentVariable("PENDOSYNC_FULL") == "1";

    [Fact]
    public async Task Program_says_its_address_in_one_line_and_ends_cleanly_on_sigterm()
    {
        using var running = Start("--key", Key, "--track", $"web-app={Secret}");
        var address = await AddressAsync(running.Program);
        using var http = new HttpClient { BaseAddress = address };
        http.DefaultRequestHeaders.Add("x-pendo-integration-key", Key);
        Assert.Equal("""{"valid":true,"writeAccess":true}""", await http.GetStringAsync("/api/v1/token/verify"));
        using var kill = Process.Start("kill", ["-TERM", running.Program.Id.ToString()]);
        await running.Program.EndsAsync();
        Assert.Equal(0, running.Program.ExitCode);
        Assert.Equal("", await running.Program.StandardOutput.ReadToEndAsync() + await running.Program.StandardError.ReadToEndAsync());
    }

    [Fact]
    public async Task Program_names_a_wrong_argument_and_exits_with_2()
    {
        using var running = Start("--prt", "1");
        await running.Program.EndsAsync();
        Assert.Equal(2, running.Program.ExitCode);
        Assert.Contains("--prt", await running.Program.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
    }

    /// <summary>A million visitors in the long form, where 2 GB is the promise; a small part of both otherwise.</summary>
    [Fact]
    public async Task Million_visitors_with_ten_fields_fit_in_two_gigabytes()
    {
        var (visitors, megabytes) = Full ? (1_000_000, 2048) : (20_000, 400);
        string[] fields =
            [.. Enumerable.Range(0, 10).SelectMany(n => new[] { "--field", $"visitor:f{n}:{(n % 2 == 0 ? "string" : "integer")}" })];
        using var running = Start([.. fields, "--key", Key]);
        using var http = new HttpClient { BaseAddress = await AddressAsync(running.Program) };
        http.DefaultRequestHeaders.Add("x-pendo-integration-key", Key);
        for (var first = 0; first < visitors; first += 1000)
        {
            using var body = new StringContent(Batch(first));
            using var response = await http.PostAsync(Bulk + "?create=true", body);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        using var control = new SimulatorClient(http.BaseAddress);
        Assert.Equal(visitors, (await control.StateAsync()).Records["visitor"]);
        running.Program.Refresh();
        Assert.InRange(running.Program.PeakWorkingSet64 / (1024 * 1024), 1, megabytes);
    }

    private static string Batch(int first)
    {
        var body = new StringBuilder("[");
        for (var id = first; id < first + 1000; id++)
        {
            body.Append(id == first ? "" : ",").Append($$"""{"visitorId":"visitor-{{id:d8}}","values":{""");
            for (var field = 0; field < 10; field++)
                body.Append(field == 0 ? "" : ",")
                    .Append(field % 2 == 0 ? $"\"f{field}\":\"some text {id}\"" : $"\"f{field}\":{id * 10 + field}");
            body.Append("}}");
        }
        return body.Append(']').ToString();
    }

    private static RunningProgram Start(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "PendoSimulator.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new(Process.Start(start)!);
    }

    private static async Task<Uri> AddressAsync(Process program)
    {
        const string beginning = "Pendo simulator on ";
        var line = await program.StandardOutput.ReadLineAsync();
        Assert.StartsWith(beginning, line, StringComparison.Ordinal);
        return new(line![beginning.Length..]);
    }

    /// <summary>Ends the program also when an assertion fails.</summary>
    private sealed record RunningProgram(Process Program) : IDisposable
    {
        public void Dispose()
        {
            if (!Program.HasExited)
                Program.Kill();
            Program.Dispose();
        }
    }
}
