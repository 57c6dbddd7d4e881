using PendoSync.Tests.Operations.Served;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Web.Http;

/// <summary>A fact that needs the tools of npm that tests/run installs; skipped with the reason where there are none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OpenApiToolsFactAttribute : FactAttribute
{
    public OpenApiToolsFactAttribute()
    {
        if (OpenApiToolsTests.Modules is null)
            Skip = "needs npm's @redocly/cli, openapi-typescript, openapi-fetch and typescript: set PENDOSYNC_OPENAPI_TOOLS to "
                + "their node_modules";
    }
}

/// <summary>What others make of the OpenAPI document: redocly finds nothing, and a client that was generated from it works.</summary>
public sealed class OpenApiToolsTests
{
    private const string Client = """
        import createClient from "openapi-fetch";
        import type { paths } from "./api.js";
        const client = createClient<paths>({ baseUrl: process.argv[2] });
        const path = { name: "people" };
        const started = await client.POST("/api/syncs/{name}/runs", { params: { path }, body: { mode: "full" } });
        const id: string = started.data!.run_id;
        let run;
        do run = (await client.GET("/api/runs/{id}", { params: { path: { id } } })).data!; while (!run.ended_at);
        let sync;
        do sync = (await client.GET("/api/syncs/{name}", { params: { path } })).data!; while (sync.active_run);
        const plan = (await client.POST("/api/syncs/{name}/plan", { params: { path }, body: {} })).data!;
        const missing = await client.GET("/api/syncs/{name}", { params: { path: { name: "nobody" } } });
        const story = (await client.GET("/api/syncs/{name}/record", { params: { path, query: { key: "v1" } } })).data!;
        console.log([run.accepted, sync.health, sync.in_step, plan.plan!.unchanged, missing.error!.status, story.decision].join(" "));
        """;

    internal static string? Modules { get; } = Environment.GetEnvironmentVariable("PENDOSYNC_OPENAPI_TOOLS") is { Length: > 0 } folder
        && Directory.Exists(folder) ? folder : null;

    [OpenApiToolsFact]
    public async Task Redocly_finds_nothing_to_say_and_a_generated_client_works()
    {
        await using var world = await ServedProject.StartAsync();
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("openapi.json"), await world.Http.GetStringAsync("/api/openapi.json"));
        await File.WriteAllTextAsync(folder.File("client.ts"), Client);
        await File.WriteAllTextAsync(folder.File("package.json"), """{ "type": "module" }""");
        Directory.CreateSymbolicLink(folder.File("node_modules"), Modules!);

        var lint = await NodeAsync(folder.Path, "@redocly/cli/bin/cli.js", "lint", "openapi.json", "--max-problems", "50");
        Assert.Contains("Your API description is valid", lint, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", lint.Replace("Deprecation warning", "", StringComparison.Ordinal),
            StringComparison.OrdinalIgnoreCase);
        await NodeAsync(folder.Path, "openapi-typescript/bin/cli.js", "openapi.json", "-o", "api.d.ts");
        await NodeAsync(folder.Path, "typescript/bin/tsc", "--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck",
            "--lib", "es2022,dom", "client.ts", "globals.d.ts");
        Assert.Equal("3 healthy 3 3 404 unchanged", (await NodeAsync(folder.Path, "./client.js", world.Address.ToString().TrimEnd('/')))
            .Trim());
    }

    private static async Task<string> NodeAsync(string folder, string script, params string[] arguments)
    {
        if (script == "typescript/bin/tsc")
            await File.WriteAllTextAsync(Path.Combine(folder, "globals.d.ts"), "declare const process: { argv: string[] };");
        return await Tool.RunAsync(folder, "node", [script.StartsWith('.') ? script : Path.Combine(Modules!, script), .. arguments]);
    }
}
