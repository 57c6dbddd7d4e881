using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace PendoSync.Basics;

/// <summary>How this program calls out over HTTP, and why such a call did not come through.</summary>
public static class Outbound
{
    /// <summary>
    /// A handler without redirects (they would carry credentials to another host) and cookies, that goes through the machine's proxy except
    /// to this machine itself, and names the certificate it does not trust.
    /// </summary>
    public static SocketsHttpHandler NewHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        Proxy = Proxy,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = IsTrusted },
    };

    /// <summary>True for http to another machine: whoever is on the way there reads what is sent.</summary>
    public static bool IsReadable(Uri address) => address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback;

    /// <summary>
    /// Keeps also calls of libraries that choose their own proxy off it when they go to this machine. Called before the first one.
    /// </summary>
    public static void KeepLoopbackDirect()
    {
        if (Interlocked.Exchange(ref _isLoopbackDirect, true))
            return;
        HttpClient.DefaultProxy = Proxy;
        foreach (var variable in new[] { "NO_PROXY", "no_proxy" })
        {
            var hosts = Environment.GetEnvironmentVariable(variable);
            Environment.SetEnvironmentVariable(variable,
                string.Join(',', new[] { hosts, "localhost", "127.0.0.1", "::1", "[::1]" }.Where(h => !string.IsNullOrEmpty(h))));
        }
    }

    private static bool _isLoopbackDirect;

    // Of the variables HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, or the system's settings.
    private static IWebProxy Proxy { get; } = new ProxyPastLoopback(HttpClient.DefaultProxy);

    /// <summary>
    /// Why a call that HttpClient gave up did not come through, and what mends it; null when nothing is known beyond the kind of error.
    /// </summary>
    /// <param name="error">What HttpClient threw.</param>
    /// <param name="address">Where the call went; only its proxy is shown.</param>
    public static (string Message, string Fix)? Explain(Exception error, Uri? address) =>
        Explain(error, address is null || !address.IsAbsoluteUri ? null : ProxyOf(Proxy, address));

    internal static (string Message, string Fix)? Explain(Exception error, string? proxy)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is UntrustedCertificateException untrusted)
            {
                return ("the TLS certificate was not accepted: " + untrusted.Message,
                    "Check the host, or trust that issuer on this machine, if it is yours or your company's "
                    + "proxy: on Linux its PEM file in "
                    + "/usr/local/share/ca-certificates and update-ca-certificates, or named by SSL_CERT_FILE; on Windows and macOS in "
                        + "the system's store; in Azure Functions by WEBSITE_LOAD_ROOT_CERTIFICATES.");
            }

            // What SslStream says of bytes that are no TLS.
            if (cause is AuthenticationException && cause.Message.Contains("corrupted frame", StringComparison.OrdinalIgnoreCase))
                return ("https to a port that does not speak TLS", "Write http:// for a server without TLS, or correct the port.");
        }

        return proxy is not null && error is HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError
            or HttpRequestError.NameResolutionError or HttpRequestError.ProxyTunnelError
        }
            ? ($"the proxy {proxy} did not let the call through",
                "Correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, or name the host in NO_PROXY.")
            : null;
    }

    /// <summary>The proxy that a call to the address goes through, without its user and password; null: none.</summary>
    internal static string? ProxyOf(IWebProxy proxy, Uri address) =>
        !proxy.IsBypassed(address) && proxy.GetProxy(address) is { } through ? $"{through.Scheme}://{through.Host}:{through.Port}" : null;

    private static bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        errors == SslPolicyErrors.None ? true : throw UntrustedCertificateException.Of(certificate, chain, errors);

    /// <summary>The machine's proxy, but never to the machine itself: a proxy elsewhere would look for the port on its own.</summary>
    /// <param name="proxy">The machine's proxy.</param>
    internal sealed class ProxyPastLoopback(IWebProxy proxy) : IWebProxy
    {
        /// <inheritdoc/>
        public ICredentials? Credentials
        {
            get => proxy.Credentials;
            set => proxy.Credentials = value;
        }

        /// <inheritdoc/>
        public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : proxy.GetProxy(destination);

        /// <inheritdoc/>
        public bool IsBypassed(Uri host) => host.IsLoopback || proxy.IsBypassed(host);
    }
}
