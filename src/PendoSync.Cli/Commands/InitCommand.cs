using System.CommandLine;
using PendoSync.Loading;

namespace PendoSync.Cli.Commands;

/// <summary><c>init</c>: writes a commented starter project.</summary>
internal static class InitCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common) =>
        common.Verb(new Command("init", "Write a commented starter project into the folder"), Run);

    private static Task<int> Run(Invocation call)
    {
        var folder = Path.GetFullPath(call.Folder);
        var files = StarterProject.Write(folder);
        call.Terminal.Answer(new { files });
        foreach (var file in files)
            call.Terminal.Say("wrote " + Path.Combine(call.Folder, file));
        call.Terminal.Say();
        call.Terminal.Say("Next: put your keys into .env and your tables into syncs/, then");
        foreach (var verb in new[] { "validate", "check", "plan", "run" })
            call.Terminal.Say($"  {OwnCommand.Line} {verb} --project {OwnCommand.Quoted(call.Folder)}");
        return Task.FromResult(ExitCodes.Done);
    }
}
