using PendoSync.Web.Http;

namespace PendoSync.Cli.Serving;

/// <summary>Where <c>serve</c> listens, and the key it asks for.</summary>
/// <param name="Urls">Addresses.</param>
/// <param name="KeySecret">Name of the secret with the key; null: no key, on loopback only.</param>
internal sealed record ServeOptions(IReadOnlyList<Uri> Urls, string? KeySecret)
{
    /// <summary>Where it listens when nothing else is said.</summary>
    public const string DefaultUrl = "http://127.0.0.1:7075";

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="ProblemException">Configuration: an address cannot be used, or is reachable from elsewhere without a
    /// key.</exception>
    public static ServeOptions Parse(string? urls, int? port, string? keySecret)
    {
        if (urls is not null && port is not null)
            throw new ProblemException(ProblemKind.Configuration, "--urls and --port exclude each other", null,
                "Put the port into --urls.");
        if (port is < 0 or > 65535)
            throw new ProblemException(ProblemKind.Configuration, $"{port} is no port", "--port", "Write a number from 0 to 65535.");
        var addresses = (urls ?? (port is null ? DefaultUrl : $"http://127.0.0.1:{port}"))
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Address).ToList();
        if (addresses.Count == 0)
            throw new ProblemException(ProblemKind.Configuration, "--urls is empty", "--urls",
                $"Leave it out, or write for example {DefaultUrl}.");
        if (keySecret is null && addresses.Find(a => !ApiAccess.IsLoopback(a.Host)) is { } open)
        {
            throw new ProblemException(ProblemKind.Configuration, $"{open.Authority} can be reached from elsewhere, and no key protects it",
                "--urls",
                "Name the secret that holds the key with --key-secret, or listen on 127.0.0.1.");
        }

        return new ServeOptions(addresses, keySecret);
    }

    // Kestrel's words for every address of the machine are no host names; they mean the same as 0.0.0.0.
    private static Uri Address(string text)
    {
        var named = text.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        return Uri.TryCreate(named, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp
            && address.AbsolutePath == "/" ? address
            : throw new ProblemException(ProblemKind.Configuration, $"'{text}' is no address to listen on", "--urls",
                $"Write for example {DefaultUrl}; for https put a reverse proxy in front.");
    }
}
