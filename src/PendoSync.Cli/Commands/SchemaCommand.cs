using System.CommandLine;
using PendoSync.Loading;

namespace PendoSync.Cli.Commands;

/// <summary><c>schema</c>: writes the JSON Schemas that editors read beside the definitions, as this version knows them.</summary>
internal static class SchemaCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common) =>
        common.Verb(new Command("schema", "Write or refresh the JSON Schemas in schema/, by which editors help and warn"), Run);

    private static Task<int> Run(Invocation call)
    {
        var files = DefinitionSchema.WriteTo(Path.GetFullPath(call.Folder));
        call.Terminal.Answer(new { files });
        foreach (var file in files)
            call.Terminal.Say("wrote " + Path.Combine(call.Folder, file));
        call.Terminal.Say("The first line of a file names its schema: "
            + $"# yaml-language-server: $schema=schema/{DefinitionSchema.ProjectName} in pendosync.yaml, "
            + $"$schema=../schema/{DefinitionSchema.SyncName} in syncs/.");
        return Task.FromResult(ExitCodes.Done);
    }
}
