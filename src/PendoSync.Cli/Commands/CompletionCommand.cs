using System.CommandLine;

namespace PendoSync.Cli.Commands;

/// <summary><c>completion SHELL</c>: the lines that let a shell complete verbs, options and names of syncs.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> _scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _pendosync() {
              local IFS=$'\n'
              COMPREPLY=($(compgen -W "$(pendosync "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -F _pendosync pendosync
            """,
        ["zsh"] = """
            #compdef pendosync
            _pendosync() {
              local -a found
              found=("${(@f)$(pendosync "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
              compadd -- $found
            }
            compdef _pendosync pendosync
            """,
        ["fish"] = """
            complete -c pendosync -f -a '(pendosync "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName pendosync -ScriptBlock {
              param($word, $line, $cursor)
              pendosync "[suggest:$cursor]" "$line" 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
              }
            }
            """,
    };

    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common)
    {
        var shell = new Argument<string>("SHELL") { Description = string.Join(", ", _scripts.Keys) };
        shell.CompletionSources.Add(_scripts.Keys.ToArray());
        shell.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !_scripts.ContainsKey(token.Value))
                result.AddError($"There are no lines for the shell '{token.Value}'. {Nearest.Fix(token.Value, _scripts.Keys)}".TrimEnd());
        });
        return common.Verb(new Command("completion", "Write the lines that make a shell complete verbs, options and syncs") { shell },
            call =>
        {
            var script = _scripts[call.Parsed.GetRequiredValue(shell)];
            call.Terminal.Answer(new { Script = script });
            if (!call.Terminal.Json)
                call.Terminal.Write(script + "\n");
            return Task.FromResult(ExitCodes.Done);
        });
    }
}
