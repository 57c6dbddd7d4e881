using PendoSync.Tests.Cli;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>
/// What the real command line prints when it breaks in ways that nobody wrote a message for: no secret, no value of a person (promise 11).
/// </summary>
public sealed class CrashTextTests : IDisposable
{
    private const string Canary = "CANARY";
    private readonly TemporaryFolder _folder = new();

    public CrashTextTests()
    {
        Write("pendosync.yaml", """
            version: 1
            pendo:
              p: { api_url: "http://127.0.0.1:1", data_url: "http://127.0.0.1:1", integration_key: "${secret:pendo-key}",
                   track_event_secrets: { web: "${secret:track}" } }
            warehouses: { w: { type: sqlite, file: warehouse.db } }
            """);
        Write("syncs/a.yaml",
            "name: a\nwarehouse: w\nmodel: { table: t }\npendo: p\nobject: visitor\nbehavior: "
            + "update_or_create\nkey: id\nfields: { a: b }\n");
        Write(".env", $"PENDO_KEY={Canary}-key\nTRACK={Canary}-track\n");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a warehouse that is no database", "warehouse.db", Canary + " is no database, whatever its name says")]
    [InlineData("a state that is no database", ".pendosync/state.db", Canary + " is no database, whatever its name says")]
    [InlineData("a secret in clear", "pendosync.yaml", "version: 1\npendo: { p: { region: us, integration_key: " + Canary
        + "-in-clear } }\nwarehouses: { w: { type: sqlite, file: warehouse.db } }\n")]
    [InlineData("broken YAML around a secret", "pendosync.yaml", "version: 1\npendo: { p: { region: us, integration_key: \""
        + Canary + "-in-clear }\n")]
    public async Task A_broken_file_is_told_without_what_is_in_it(string name, string file, string text)
    {
        Write(file, text);

        var said = await CliProcess.RunAsync(["run", "a", "--project", _folder.Path]);

        Assert.NotEqual(0, said.Code);
        AssertSilent(name, said);
    }

    [Theory]
    [InlineData("DOTNET_GCHeapHardLimit", "500000")]
    [InlineData("DOTNET_GCHeapHardLimit", "700000")]
    [InlineData("DOTNET_GCHeapHardLimit", "780000")]
    public async Task A_process_that_dies_of_its_memory_prints_no_secret(string variable, string value)
    {
        var said = await CliProcess.RunAsync(["run", "a", "--project", _folder.Path],
            new Dictionary<string, string> { [variable] = value });

        Assert.NotEqual(0, said.Code);
        AssertSilent(value, said);
    }

    private static void AssertSilent(string name, CliResult said)
    {
        Assert.True((said.Output + said.Error).Length > 0 || said.Code > 128, $"{name}: {said.Code}, and not a word");
        Assert.DoesNotContain(Canary, said.Output + said.Error, StringComparison.Ordinal);
    }

    private void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!);
        File.WriteAllText(_folder.File(file), text);
    }
}
