using PendoSync.Tests.Operations.Served;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Web.Http;

/// <summary>A fact that needs Kiota, which tests/run installs; skipped with the reason where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KiotaFactAttribute : FactAttribute
{
    public KiotaFactAttribute()
    {
        if (KiotaTests.Kiota is null)
            Skip = "needs the dotnet tool Microsoft.OpenApi.Kiota: set PENDOSYNC_KIOTA to its kiota";
    }
}

/// <summary>
/// Microsoft's Kiota takes the OpenAPI document with no warning but that it is told no host; in the long form its client is compiled and
/// used.
/// </summary>
public sealed class KiotaTests
{
    private const string Json = "Microsoft.Kiota.Serialization.Json";

    private const string Project = $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Microsoft.Kiota.Http.HttpClientLibrary" Version="2.1.6" />
            <PackageReference Include="{Json}" Version="2.1.6" />
          </ItemGroup>
        </Project>
        """;

    private const string Program = """
        using Microsoft.Kiota.Abstractions.Authentication;
        using Microsoft.Kiota.Http.HttpClientLibrary;
        using PendoSync.Generated;
        using PendoSync.Generated.Models;

        using var adapter = new HttpClientRequestAdapter(new AnonymousAuthenticationProvider()) { BaseUrl = args[0] };
        var api = new PendoSyncClient(adapter).Api;
        var started = await api.Syncs["people"].Runs.PostAsync(new StartRun { Mode = StartRun_mode.Full });
        RunReport run;
        do
            run = (await api.Runs[started!.RunId].GetAsync())!;
        while (run.EndedAt is null);
        SyncStatus sync;
        do
            sync = (await api.Syncs["people"].GetAsync())!;
        while (sync.ActiveRun is not null);
        var plan = (await api.Syncs["people"].Plan.PostAsync(new StartRun()))!.Plan!;
        var missing = 0;
        try
        {
            await api.Syncs["nobody"].GetAsync();
        }
        catch (ProblemDetails problem)
        {
            missing = problem.Status ?? 0;
        }

        var story = await api.Syncs["people"].Record.GetAsync(query => query.QueryParameters.Key = "v1");
        Console.WriteLine($"{run.Accepted} {sync.Health} {sync.InStep} {plan.Unchanged} {missing} {story!.Decision}");
        """;

    internal static string? Kiota { get; } = Environment.GetEnvironmentVariable("PENDOSYNC_KIOTA") is { Length: > 0 } tool
        && File.Exists(tool) ? tool : null;

    [KiotaFact]
    public async Task Kiota_generates_a_client_that_works()
    {
        await using var world = await ServedProject.StartAsync();
        using var folder = new TemporaryFolder();
        var said = await RunAsync(folder.Path, Kiota!, "generate", "-l", "CSharp", "-d", $"{world.Address}api/openapi.json", "-o", "client",
            "-c", "PendoSyncClient", "-n", "PendoSync.Generated", "--log-level", "Warning", "-s", $"{Json}.JsonSerializationWriterFactory",
            "--ds", $"{Json}.JsonParseNodeFactory");
        // A relative server is none to Kiota; where the app is deployed the document cannot know.
        Assert.Equal([true], said.Split("warn:").Skip(1).Select(w => w.Contains("A servers entry (v3)", StringComparison.Ordinal)));
        Assert.True(File.Exists(folder.File("client/Models/RunReport.cs")), said);
        if (!Full.Wanted)
            return;
        await File.WriteAllTextAsync(folder.File("use.csproj"), Project);
        await File.WriteAllTextAsync(folder.File("Program.cs"), Program);
        await RunAsync(folder.Path, "dotnet", "build", "-v", "quiet");
        Assert.Equal("3 Healthy 3 3 404 Unchanged", (await RunAsync(folder.Path, "dotnet", "run", "--no-build", "--",
            world.Address.ToString().TrimEnd('/'))).Trim());
    }

    private static Task<string> RunAsync(string folder, string file, params string[] arguments) => Tool.RunAsync(folder, file, arguments);
}
