using System.CommandLine;
using PendoSync.Loading;

namespace PendoSync.Cli.Commands;

/// <summary><c>init</c>: writes a commented starter project, with what a team needs to keep and deploy it.</summary>
internal static class InitCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var folder = new Argument<string?>("DIR")
        {
            Description = "The new project's folder (default: that of --project)",
            Arity = ArgumentArity.ZeroOrOne
        }.NotEmpty();
        return common.Verb(new Command("init", "Write a commented starter project, with workflows that check and deploy it") { folder },
            call => Run(call, call.Parsed.GetValue(folder) ?? call.Folder));
    }

    private static Task<int> Run(Invocation call, string folder)
    {
        var files = StarterProject.Write(Path.GetFullPath(folder));
        call.Terminal.Answer(new { files });
        foreach (var file in files)
            call.Terminal.Say("wrote " + Path.Combine(folder, file));
        call.Terminal.Say();
        call.Terminal.Say("Next: put your keys into .env and your tables into syncs/, then");
        foreach (var verb in new[] { "validate", "check", "plan", "run" })
            call.Terminal.Say($"  {OwnCommand.Line} {verb} --project {OwnCommand.Quoted(folder)}");
        call.Terminal.Say("Its README.md tells how a team keeps and deploys it.");
        return Task.FromResult(ExitCodes.Done);
    }
}
