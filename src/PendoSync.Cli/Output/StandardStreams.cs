using System.Text;

namespace PendoSync.Cli.Output;

/// <summary>
/// stdout and stderr that may be full, closed or taken away. Progress that nobody can read hinders no run; a result that cannot be written
/// is a problem of the environment, told once and not as a crash.
/// </summary>
internal static class StandardStreams
{
    /// <summary>Puts both in the place of the console's own.</summary>
    public static void Use()
    {
        Console.SetError(new Guarded(Console.Error, _ => { }));
        Console.SetOut(new Guarded(Console.Out, fault => throw new ProblemException(new Problem(ProblemKind.Connection,
            $"the result cannot be written to standard output: {fault.Message.TrimEnd('.')}", null,
            "What was done is done and kept: look with `pendosync status`. Send the output to where it can be written."), fault)));
    }

    /// <summary>A writer whose faults are somebody's business: those of a file, a pipe or a closed descriptor.</summary>
    /// <param name="inner">Where it writes.</param>
    /// <param name="onFault">Told of each fault.</param>
    internal sealed class Guarded(TextWriter inner, Action<Exception> onFault) : TextWriter
    {
        /// <inheritdoc/>
        public override Encoding Encoding => inner.Encoding;

        /// <inheritdoc/>
        public override void Write(char value) => Write(value.ToString());

        /// <inheritdoc/>
        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        /// <inheritdoc/>
        public override void Write(string? value)
        {
            try
            {
                inner.Write(value);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                onFault(fault);
            }
        }
    }
}
