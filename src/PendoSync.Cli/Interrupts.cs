using System.Runtime.InteropServices;

namespace PendoSync.Cli;

/// <summary>Ctrl-C and SIGTERM: the first asks the work to end cleanly, the second ends the process at once.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly List<PosixSignalRegistration> _signals;

    /// <summary>Listens from now on.</summary>
    public Interrupts() =>
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _first.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _signals.ForEach(s => s.Dispose());
        _first.Dispose();
    }

    private void Handle(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (_first.IsCancellationRequested)
            Environment.Exit(ExitCodes.Failed);
        // Not on the signal's own thread: what listens may take a while, and the second signal must get through.
        _ = Task.Run(_first.Cancel, CancellationToken.None);
    }
}
