using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Cli;

/// <summary>What the process answers: 0 done, 1 failed, 2 configuration, 3 environment or connection. Of several the worst.</summary>
internal static class ExitCodes
{
    /// <summary>All of them in one line.</summary>
    public const string Explained = "0 done; 1 a run failed, was stopped or cancelled, or a sync is failing (with --strict: or degraded); "
        + "2 a definition, an argument, a secret or a grant is wrong; 3 a host or the state cannot be reached. Of several the worst.";

    /// <summary>Completed or partial.</summary>
    public const int Done = 0;

    /// <summary>Failed, stopped, cancelled, already running.</summary>
    public const int Failed = 1;

    /// <summary>A definition, an argument, a secret or a grant.</summary>
    public const int Configuration = 2;

    /// <summary>A host, a port, the state file.</summary>
    public const int Environment = 3;

    /// <summary>The code of a problem.</summary>
    public static int Of(ProblemKind kind) => kind switch
    {
        ProblemKind.Configuration => Configuration,
        ProblemKind.Connection or ProblemKind.State => Environment,
        _ => Failed,
    };

    /// <summary>The code of a run: a success of a failing sync is none.</summary>
    /// <param name="run">The run.</param>
    /// <param name="strict">True: degraded is as bad as failing.</param>
    public static int Of(RunReport run, bool strict) => run.Error is { } error ? Of(error.Kind)
        : !run.State.IsSuccess() && run.State != RunState.Partial ? Failed
        : run.Health == Health.Failing || (strict && run.Health == Health.Degraded) ? Failed
        : Done;

    /// <summary>The worst of several; 0 when there are none.</summary>
    public static int Worst(IEnumerable<int> codes) => codes.DefaultIfEmpty(Done).Max();
}
