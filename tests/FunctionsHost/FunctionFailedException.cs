namespace FunctionsHost;

/// <summary>An invocation that did not succeed: the function threw, or its worker ended.</summary>
public sealed class FunctionFailedException : Exception
{
    /// <summary>With what the worker said.</summary>
    public FunctionFailedException(string message)
        : base(message)
    {
    }
}
